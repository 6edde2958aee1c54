"""Routes of the enrollments function."""

from typing import Any

from functions.enrollments import errors, grants, learners, lesson_progress, service, timeline
from functions.enrollments.presenters import (
    course_progress_out,
    enrollment_with_next_step_out,
    learner_out,
    lesson_progress_out,
)
from functions.enrollments.schemas import (
    CourseProgressOut,
    EnrollmentGrantIn,
    EnrollmentIn,
    EnrollmentPage,
    EnrollmentRevocationIn,
    EnrollmentsQuery,
    EnrollmentWithNextStepOut,
    LearnerPage,
    LessonProgressIn,
    LessonProgressOut,
)
from functions.enrollments.timeline_schemas import TimelineOut, TimelineQuery
from shared import enrollment_rules
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.domain.lifecycle import Role
from shared.enrollment_schemas import EnrollmentOut, enrollment_out
from shared.errors import CourseNotFound, EnrollmentNotFound, LessonNotFound, NotEnrolled, UserNotFound
from shared.http.app import App
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import PageQuery

app = App("enrollments", headers={"Cache-Control": "no-store"})
lambda_handler = app


@app.route(
    "POST",
    "/api/enrollments",
    Access.STUDENT,
    status=201,
    body=EnrollmentIn,
    response=EnrollmentWithNextStepOut,
    response_200=EnrollmentWithNextStepOut,
    creates=True,
    errors=(*enrollment_rules.ENROLLMENT_ERRORS, errors.EnrollmentBusy),
)
def create_enrollment(request: Request[EnrollmentIn, None]) -> Response:
    """Enroll: active at once while the course is free, otherwise pending until payment (200 if it was pending)."""
    details, created = service.enroll(request.caller, request.body.course_id)
    return Response(enrollment_with_next_step_out(details), status=201 if created else 200)


@app.route("GET", "/api/enrollments/my", Access.STUDENT, query=EnrollmentsQuery, response=EnrollmentPage)
def list_my_enrollments(request: Request[None, EnrollmentsQuery]) -> Response:
    """Your enrollments with course card and progress."""
    query = request.query
    enrollments, next_key = service.list_mine(request.caller, query.limit, start_key(request), query.status)
    return page_response(request, [enrollment_out(details) for details in enrollments], next_key, EnrollmentPage)


@app.route(
    "GET",
    "/api/enrollments/{course_id}",
    Access.STUDENT,
    response=EnrollmentOut,
    errors=(EnrollmentNotFound,),
)
def get_my_enrollment(request: Request[None, None]) -> EnrollmentOut:
    """Your enrollment in a course."""
    return enrollment_out(service.get_mine(request.caller, request.path["course_id"]))


@app.route(
    "DELETE",
    "/api/enrollments/{course_id}",
    Access.STUDENT,
    response=EnrollmentOut,
    errors=(
        EnrollmentNotFound,
        errors.EnrollmentPaid,
        errors.EnrollmentEnded,
        errors.EnrollmentBusy,
    ),
)
def withdraw_my_enrollment(request: Request[None, None]) -> EnrollmentOut:
    """Withdraw from a pending or a free enrollment."""
    return enrollment_out(service.withdraw(request.caller, request.path["course_id"]))


def _require_access(request: Request[Any, Any]) -> EnrollmentDetails:
    return lesson_progress.require_access(request.caller, request.path["course_id"])


@app.route(
    "PUT",
    "/api/enrollments/{course_id}/lessons/{lesson_id}",
    Access.STUDENT,
    body=LessonProgressIn,
    guard=_require_access,
    response=LessonProgressOut,
    errors=(EnrollmentNotFound, NotEnrolled, CourseNotFound, LessonNotFound),
)
def update_lesson_progress(request: Request[LessonProgressIn, None]) -> LessonProgressOut:
    """Mark a lesson complete or incomplete, and store the position of its video."""
    body, lesson_id = request.body, request.path["lesson_id"]
    details = lesson_progress.record_progress(request.guard_result, lesson_id, body.completed, body.position_seconds)
    return lesson_progress_out(details, lesson_id)


@app.route(
    "GET",
    "/api/enrollments/{course_id}/progress",
    Access.STUDENT,
    response=CourseProgressOut,
    errors=(EnrollmentNotFound,),
)
def get_course_progress(request: Request[None, None]) -> CourseProgressOut:
    """Completed lessons, all lessons, and the exact percentage."""
    return course_progress_out(service.get_mine(request.caller, request.path["course_id"]))


@app.route(
    "GET",
    "/api/courses/{course_id}/enrollments",
    Access.INSTRUCTOR_OR_ADMIN,
    query=PageQuery,
    response=LearnerPage,
    errors=(CourseNotFound,),
)
def list_course_learners(request: Request[None, PageQuery]) -> Response:
    """The learners of a course with status and progress, oldest first."""
    course_id = request.path["course_id"]
    outline = learners.require_owned_outline(request.caller, course_id)
    listed, next_key = learners.list_learners(outline, course_id, request.query.limit, start_key(request))
    return page_response(request, [learner_out(details) for details in listed], next_key, LearnerPage)


@app.route(
    "GET",
    "/api/enrollments/{course_id}/timeline",
    Access.STUDENT_OR_ADMIN,
    query=TimelineQuery,
    response=TimelineOut,
    errors=(EnrollmentNotFound,),
)
def get_enrollment_timeline(request: Request[None, TimelineQuery]) -> TimelineOut:
    """Every change of an enrollment and its payments, oldest first, with its source and the state after it.

    Admins also see the notes of admins and the gateway's reasons for rejected refunds."""
    caller = request.caller
    learner_id = timeline.owner(caller, request.query.user_id)
    return timeline.timeline(learner_id, request.path["course_id"], for_admin=caller.role is Role.ADMIN)


@app.route(
    "POST",
    "/api/enrollments/grant",
    Access.ADMIN,
    status=201,
    body=EnrollmentGrantIn,
    response=EnrollmentOut,
    creates=True,
    errors=(UserNotFound, CourseNotFound, enrollment_rules.EnrollmentAlreadyActive, errors.EnrollmentBusy),
)
def grant_enrollment(request: Request[EnrollmentGrantIn, None]) -> EnrollmentOut:
    """Grant a student access to a course, with a reason."""
    body = request.body
    return enrollment_out(grants.grant(request.caller, body.user_id, body.course_id, body.reason))


@app.route(
    "POST",
    "/api/enrollments/revoke",
    Access.ADMIN,
    body=EnrollmentRevocationIn,
    response=EnrollmentOut,
    errors=(EnrollmentNotFound, errors.NoAccessToRevoke, errors.EnrollmentBusy),
)
def revoke_enrollment(request: Request[EnrollmentRevocationIn, None]) -> EnrollmentOut:
    """Revoke a student's access, with a reason, and refund its payment."""
    body = request.body
    return enrollment_out(grants.revoke(request.caller, body.user_id, body.course_id, body.reason))
