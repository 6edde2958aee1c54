"""Enrollments: by status for the platform, the instructor and the course; and distinct people."""

from functions.dashboards.projections.projection import Projection, RefreshCatalogue, RefreshCompletion
from shared.db.entities import Enrollment, Progress
from shared.db.read_models import counter_items
from shared.db.table import keys


def project(subject: str, old: Enrollment | None, new: Enrollment | None) -> Projection:
    """An enrollment counts on the day its access last began, and on the day it was completed; until it is another."""
    made = Projection()
    learners = 0
    for enrollment, sign in ((old, -1), (new, 1)):
        if enrollment:
            status, instructor_id, course_id = enrollment.status, enrollment.instructor_id, enrollment.course_id
            made.counts[counter_items.platform_counters(subject)][f"enrollments_{status.value}"] += sign
            made.counts[counter_items.instructor_counters(instructor_id)][status.value] += sign
            made.counts[counter_items.instructor_course_counters(instructor_id, course_id)][status.value] += sign
            for at, name in ((enrollment.activated_at, "enrolled"), (enrollment.completed_at, "completed")):
                for place in counter_items.instructor_day_counters(instructor_id, course_id, at) if at else ():
                    made.counts[place][name] += sign
            learners += sign * status.gives_access
    enrollment = new or old
    if enrollment and learners:
        course_id = enrollment.course_id
        made.counts[counter_items.course_counters(course_id)]["enrollment_count"] += learners
        made.counts[counter_items.instructor_student_counter(enrollment.instructor_id, enrollment.user_id)][
            "courses"
        ] += learners
        made.dependent_sources = [(Progress.KIND, keys.progress(enrollment.user_id, course_id))]
        made.refreshes = [RefreshCatalogue(course_id), RefreshCompletion(course_id)]
    return made


def project_progress(_subject: str, old: Progress | None, new: Progress | None) -> Projection:
    """The lessons done; it counts while the enrollment beside it gives access, see `sources`."""
    made = Projection()
    for progress, sign in ((old, -1), (new, 1)):
        if progress is None:
            continue
        for lesson_id in progress.completed or ():
            made.counts[counter_items.lesson_completion_counters(progress.course_id)][f"done_{lesson_id}"] += sign
    progress = new or old
    if progress and made.has_counts:
        made.refreshes = [RefreshCompletion(progress.course_id)]
    return made
