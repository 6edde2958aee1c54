"""Enrollments: by status for the platform, the instructor and the course; and distinct people."""

from functions.dashboards.projections.projection import Projection, Rebuild
from shared.db import figures
from shared.db.entities import Enrollment
from shared.db.figures import StudentChange


def project(event_id: str, old: Enrollment | None, new: Enrollment | None) -> Projection:
    made = Projection()
    learners = 0
    for enrollment, sign in ((old, -1), (new, 1)):
        if enrollment:
            status, instructor_id = enrollment.status, enrollment.instructor_id
            made.counts[figures.of_platform(event_id)][f"enrollments_{status.value}"] += sign
            made.counts[figures.of_instructor(instructor_id)][status.value] += sign
            made.counts[figures.of_instructor_course(instructor_id, enrollment.course_id)][status.value] += sign
            learners += sign * status.gives_access
    enrollment = new or old
    if enrollment and learners:
        made.counts[figures.of_course(enrollment.course_id)]["enrollment_count"] += learners
        made.student = StudentChange(enrollment.instructor_id, enrollment.user_id, learners)
        made.refreshes = [Rebuild(enrollment.course_id)]
    return made
