"""Routes of the enrollments function."""

from typing import Any

from functions.enrollments import admin, errors, roster, service, study, timeline
from functions.enrollments.schemas import (
    AccessIn,
    CourseProgressOut,
    EnrolledOut,
    EnrollIn,
    LearnersOut,
    MyEnrollmentsOut,
    MyEnrollmentsQuery,
    TickIn,
    TickOut,
)
from functions.enrollments.timeline_schemas import TimelineOut, TimelineQuery
from functions.enrollments.views import course_progress, enrolled, learner, ticked
from shared import enrolling
from shared.db.learning import Learning
from shared.enrollment_view import EnrollmentOut, enrollment_out
from shared.http.answer import Answer
from shared.http.app import App
from shared.http.paging import page_answer, start_of
from shared.http.request import Request
from shared.http.route import Access
from shared.lifecycle import Role
from shared.schemas import PageQuery

app = App("enrollments", headers={"Cache-Control": "no-store"})
lambda_handler = app


@app.route(
    "POST",
    "/api/enrollments",
    Access.STUDENT,
    status=201,
    body=EnrollIn,
    answer=EnrolledOut,
    creates=True,
    refusals=(*enrolling.REFUSALS, errors.EnrollmentBusy),
)
def enroll(request: Request[EnrollIn, None]) -> Answer:
    """Enroll: at once in a free course (active), to wait for payment in a paid one (pending; 200 if it waited)."""
    learning, made = service.enroll(request.caller, request.body.course_id)
    return Answer(enrolled(learning), status=201 if made else 200)


@app.route("GET", "/api/enrollments/my", Access.STUDENT, query=MyEnrollmentsQuery, answer=MyEnrollmentsOut)
def list_my_enrollments(request: Request[None, MyEnrollmentsQuery]) -> Answer:
    """Own enrollments with course card and progress."""
    found, next_key = service.list_mine(request.caller, request.query.limit, start_of(request), request.query.status)
    return page_answer(request, [enrollment_out(each) for each in found], next_key, MyEnrollmentsOut)


@app.route(
    "GET",
    "/api/enrollments/{course_id}",
    Access.STUDENT,
    answer=EnrollmentOut,
    refusals=(errors.EnrollmentNotFound,),
)
def get_enrollment(request: Request[None, None]) -> EnrollmentOut:
    """One enrollment of one's own."""
    return enrollment_out(service.mine(request.caller, request.path["course_id"]))


@app.route(
    "DELETE",
    "/api/enrollments/{course_id}",
    Access.STUDENT,
    answer=EnrollmentOut,
    refusals=(
        errors.EnrollmentNotFound,
        errors.EnrollmentPaid,
        errors.EnrollmentEnded,
        errors.EnrollmentBusy,
    ),
)
def withdraw(request: Request[None, None]) -> EnrollmentOut:
    """Withdraw from a pending or a free enrollment."""
    return enrollment_out(service.withdraw(request.caller, request.path["course_id"]))


def _entitled(request: Request[Any, Any]) -> Learning:
    return study.entitled(request.caller, request.path["course_id"])


@app.route(
    "PUT",
    "/api/enrollments/{course_id}/lessons/{lesson_id}",
    Access.STUDENT,
    body=TickIn,
    guard=_entitled,
    answer=TickOut,
    refusals=(errors.EnrollmentNotFound, errors.NotEnrolled, errors.CourseUnknown, errors.LessonNotInCourse),
)
def tick_lesson(request: Request[TickIn, None]) -> TickOut:
    """Tick a lesson off, or take the tick back, and keep where its video stopped."""
    body, lesson_id = request.body, request.path["lesson_id"]
    learning = study.tick(request.guarded, lesson_id, body.completed, body.position_seconds)
    return ticked(learning, lesson_id)


@app.route(
    "GET",
    "/api/enrollments/{course_id}/progress",
    Access.STUDENT,
    answer=CourseProgressOut,
    refusals=(errors.EnrollmentNotFound,),
)
def get_progress(request: Request[None, None]) -> CourseProgressOut:
    """Completed lessons, total and exact percent."""
    return course_progress(service.mine(request.caller, request.path["course_id"]))


@app.route(
    "GET",
    "/api/courses/{course_id}/enrollments",
    Access.INSTRUCTOR_OR_ADMIN,
    query=PageQuery,
    answer=LearnersOut,
    refusals=(errors.CourseNotYours,),
)
def list_learners(request: Request[None, PageQuery]) -> Answer:
    """A course's learners with status and progress, oldest first."""
    course_id = request.path["course_id"]
    outline = roster.owned_outline(request.caller, course_id)
    found, next_key = roster.learners(outline, course_id, request.query.limit, start_of(request))
    return page_answer(request, [learner(each) for each in found], next_key, LearnersOut)


@app.route(
    "GET",
    "/api/enrollments/{course_id}/timeline",
    Access.STUDENT_OR_ADMIN,
    query=TimelineQuery,
    answer=TimelineOut,
    refusals=(errors.EnrollmentNotFound,),
)
def get_timeline(request: Request[None, TimelineQuery]) -> TimelineOut:
    """Everything that ever happened to an enrollment and its payments, oldest first: when, what, who caused it, and the
    state after it. Admins also see the notes of admins."""
    caller = request.caller
    whose = timeline.owner(caller, request.query.user_id)
    return timeline.timeline(whose, request.path["course_id"], for_admin=caller.role is Role.ADMIN)


@app.route(
    "POST",
    "/api/enrollments/grant",
    Access.ADMIN,
    status=201,
    body=AccessIn,
    answer=EnrollmentOut,
    creates=True,
    refusals=(errors.UserUnknown, errors.CourseUnknown, enrolling.EnrollmentAlreadyActive, errors.EnrollmentBusy),
)
def grant(request: Request[AccessIn, None]) -> EnrollmentOut:
    """Open a course for a student, with a reason."""
    body = request.body
    return enrollment_out(admin.grant(request.caller, body.user_id, body.course_id, body.reason))


@app.route(
    "POST",
    "/api/enrollments/revoke",
    Access.ADMIN,
    body=AccessIn,
    answer=EnrollmentOut,
    refusals=(errors.EnrollmentNotFound, errors.NoAccessToTake, errors.EnrollmentBusy),
)
def revoke(request: Request[AccessIn, None]) -> EnrollmentOut:
    """Take a student's access, with a reason; what was paid for it is refunded."""
    body = request.body
    return enrollment_out(admin.revoke(request.caller, body.user_id, body.course_id, body.reason))
