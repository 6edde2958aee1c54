"""Courses and outlines: how many there are of each status, and where each is listed."""

from functions.dashboards.projections.projection import Activity, Projection, Rebuild
from shared.db import figures
from shared.db.entities import Course, Outline


def project(event_id: str, old: Course | None, new: Course | None) -> Projection:
    made = Projection()
    for course, sign in ((old, -1), (new, 1)):
        if course:
            platform = made.counts[figures.of_platform(event_id)]
            instructor = made.counts[figures.of_instructor(course.instructor_id)]
            platform[f"courses_{course.status.value}"] += sign
            instructor[course.status.value] += sign
            platform["courses_hidden"] += sign * course.hidden
            instructor["hidden"] += sign * course.hidden
            made.refreshes = [Rebuild(course.course_id)]
    if new:
        made.refreshes.append(Activity(new.instructor_id, new.instructor_name, new.updated_at))
    return made


def project_outline(_event_id: str, old: Outline | None, new: Outline | None) -> Projection:
    """Only the number of lessons is shown in lists."""
    before, after = (outline.lesson_count if outline else 0 for outline in (old, new))
    outline = new or old
    return Projection(refreshes=[Rebuild(outline.course_id)] if outline and before != after else [])
