"""Courses and outlines: how many there are of each status, and where each is listed."""

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
    made = Projection()
    for course, sign in ((old, -1), (new, 1)):
        if course:
            platform = made.counts[counter_items.platform_counters(subject)]
            instructor = made.counts[counter_items.instructor_counters(course.instructor_id)]
            platform[f"courses_{course.status.value}"] += sign
            instructor[course.status.value] += sign
            platform["courses_hidden"] += sign * course.hidden
            instructor["hidden"] += sign * course.hidden
            made.refreshes = [RefreshCatalogue(course.course_id)]
    if new:
        made.refreshes.append(RefreshInstructorActivity(new.instructor_id, new.instructor_name, new.updated_at))
    if new and old is None:
        made.refreshes += [RefreshNameOnCourse(new.instructor_id, new.course_id), RefreshCompletion(new.course_id)]
    return made


def project_outline(_subject: str, old: Outline | None, new: Outline | None) -> Projection:
    """Lists show the number of lessons; which they are decides how much of the course is done."""
    before, after = (set(outline.lesson_ids()) if outline else set() for outline in (old, new))
    outline = new or old
    made = Projection()
    if outline and len(before) != len(after):
        made.refreshes.append(RefreshCatalogue(outline.course_id))
    if outline and before != after:
        made.refreshes.append(RefreshCompletion(outline.course_id))
    return made
