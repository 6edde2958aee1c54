"""Enrollments and progress: enrollments by status, distinct students, and completions of lessons."""

from functions.dashboards.projections.projection import (
    Projection,
    RefreshCatalogue,
    RefreshCompletion,
    reported_changes,
)
from shared.db.entities import Enrollment, Progress
from shared.db.read_models import counter_items
from shared.db.table import keys


def project(subject: str, old: Enrollment | None, new: Enrollment | None) -> Projection:
    """Enrollments by status, for the platform, the instructor and the course; and by day.

    An enrollment counts on the seller's day of its latest activation and on that of its completion. A change of access
    also changes the public number of learners, the instructor's students, and the contribution of the learner's
    progress."""
    projection = Projection()
    for enrollment, sign in ((old, -1), (new, 1)):
        if enrollment:
            _count_status(projection, subject, enrollment, sign)
            _count_days(projection, enrollment, sign)
    learners = _has_access(new) - _has_access(old)
    enrollment = new or old
    if enrollment and learners:
        _count_access(projection, enrollment, learners)
    projection.refreshes += reported_changes(old, new)
    return projection


def _has_access(enrollment: Enrollment | None) -> int:
    """1 or 0."""
    return int(enrollment is not None and enrollment.status.gives_access)


def _count_status(projection: Projection, subject: str, enrollment: Enrollment, sign: int) -> None:
    status, instructor_id = enrollment.status.value, enrollment.instructor_id
    projection.counts[counter_items.platform_counters(subject)][f"enrollments_{status}"] += sign
    projection.counts[counter_items.instructor_counters(instructor_id)][status] += sign
    course = counter_items.instructor_course_counters(instructor_id, enrollment.course_id)
    projection.counts[course][status] += sign


def _count_days(projection: Projection, enrollment: Enrollment, sign: int) -> None:
    instructor_id, course_id = enrollment.instructor_id, enrollment.course_id
    for at, name in ((enrollment.activated_at, "enrolled"), (enrollment.completed_at, "completed")):
        if at:
            for item in counter_items.instructor_day_counters(instructor_id, course_id, at):
                projection.counts[item][name] += sign


def _count_access(projection: Projection, enrollment: Enrollment, learners: int) -> None:
    """`learners` is 1 for an enrollment that gained access, -1 for one that lost it."""
    course_id, user_id = enrollment.course_id, enrollment.user_id
    student = counter_items.instructor_student_counter(enrollment.instructor_id, user_id)
    projection.counts[counter_items.course_counters(course_id)]["enrollment_count"] += learners
    projection.counts[student]["courses"] += learners
    projection.dependent_sources = [(Progress.KIND, keys.progress(user_id, course_id))]
    projection.refreshes += [RefreshCatalogue(course_id), RefreshCompletion(course_id)]


def project_progress(_subject: str, old: Progress | None, new: Progress | None) -> Projection:
    """Completions of lessons. They count only while the enrollment gives access, see counter_sources."""
    projection = Projection()
    for progress, sign in ((old, -1), (new, 1)):
        if progress is None:
            continue
        counters = counter_items.lesson_completion_counters(progress.course_id)
        for lesson_id in progress.completed or ():
            projection.counts[counters][f"done_{lesson_id}"] += sign
    progress = new or old
    if progress and projection.has_counts:
        projection.refreshes = [RefreshCompletion(progress.course_id)]
    return projection
