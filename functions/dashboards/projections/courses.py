"""Courses and outlines: the number of courses by status, and the lists that contain each."""

from functions.dashboards.projections.projection import (
    Projection,
    RefreshCatalogue,
    RefreshCompletion,
    RefreshInstructorActivity,
    RefreshNameOnCourse,
)
from shared.db.entities import Course, Outline
from shared.db.read_models import counter_items


def project(subject: str, old: Course | None, new: Course | None) -> Projection:
    """The number of courses by status, for the platform and the instructor. A hidden course is also counted as
    hidden."""
    projection = Projection()
    for course, sign in ((old, -1), (new, 1)):
        if course:
            platform = projection.counts[counter_items.platform_counters(subject)]
            instructor = projection.counts[counter_items.instructor_counters(course.instructor_id)]
            platform[f"courses_{course.status.value}"] += sign
            instructor[course.status.value] += sign
            platform["courses_hidden"] += sign * course.hidden
            instructor["hidden"] += sign * course.hidden
            projection.refreshes = [RefreshCatalogue(course.course_id)]
    if new:
        activity = RefreshInstructorActivity(new.instructor_id, new.instructor_name, new.updated_at)
        projection.refreshes.append(activity)
    if new and old is None:
        projection.refreshes += [
            RefreshNameOnCourse(new.instructor_id, new.course_id),
            RefreshCompletion(new.course_id),
        ]
    return projection


def project_outline(_subject: str, old: Outline | None, new: Outline | None) -> Projection:
    """Refreshes the lists when the number of lessons changed, and the average progress when the set of lessons did."""
    projection = Projection()
    outline = new or old
    if outline is None:
        return projection
    before, after = _lesson_ids(old), _lesson_ids(new)
    if len(before) != len(after):
        projection.refreshes.append(RefreshCatalogue(outline.course_id))
    if before != after:
        projection.refreshes.append(RefreshCompletion(outline.course_id))
    return projection


def _lesson_ids(outline: Outline | None) -> set[str]:
    return set(outline.lesson_ids()) if outline else set()
