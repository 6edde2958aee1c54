"""Routes of the dashboards, and those of the platform itself."""

from typing import Any, Final

from functions.dashboards import oversight, platform, service, teaching
from functions.dashboards.errors import CourseNotTaught, NotReady
from functions.dashboards.schemas import (
    AdminDashboardOut,
    HealthOut,
    OverseenCoursesOut,
    ReadinessOut,
)
from functions.dashboards.study_schemas import (
    StudentDashboardOut,
)
from functions.dashboards.teaching_schemas import (
    InstructorDashboardOut,
    TaughtCourseDaysOut,
)
from shared.http.answer import Answer
from shared.http.app import NO_STORE, App
from shared.http.caching import cacheable
from shared.http.paging import page_answer, start_of
from shared.http.request import Request
from shared.http.route import Access
from shared.schemas import PageQuery

app: Final = App("dashboards", elsewhere=platform.methods_at)
lambda_handler: Final = app

_FOR_MINUTES: Final = "public, max-age=300"


@app.route("GET", "/api/dashboard/instructor", Access.INSTRUCTOR, answer=InstructorDashboardOut)
def instructor_dashboard(request: Request[None, None]) -> InstructorDashboardOut:
    """Your courses, enrollments, students, completions and revenue."""
    return teaching.dashboard(request.caller.user_id)


@app.route(
    "GET",
    "/api/dashboard/instructor/courses/{course_id}",
    Access.INSTRUCTOR,
    answer=TaughtCourseDaysOut,
    refusals=(CourseNotTaught,),
)
def taught_course(request: Request[None, None]) -> TaughtCourseDaysOut:
    """One of your courses, day by day."""
    return teaching.course(request.caller.user_id, request.path["course_id"])


@app.route("GET", "/api/dashboard/instructor/courses.csv", Access.INSTRUCTOR)
def taught_courses_csv(request: Request[None, None]) -> Answer:
    """Your courses with their figures, as CSV; amounts in minor units."""
    headers = {"Content-Disposition": 'attachment; filename="courses.csv"', **NO_STORE}
    return Answer(teaching.table(request.caller.user_id), headers=headers, media_type="text/csv; charset=utf-8")


@app.route("GET", "/api/dashboard/student", Access.STUDENT, answer=StudentDashboardOut)
def student_dashboard(request: Request[None, None]) -> StudentDashboardOut:
    """What you study, how far you are, and the next lesson."""
    return service.student(request.caller.user_id)


@app.route("GET", "/api/dashboard/admin", Access.ADMIN, answer=AdminDashboardOut)
def admin_dashboard(_request: Request[None, None]) -> AdminDashboardOut:
    """Users, courses, enrollments, revenue, instructors, and what needs attention."""
    return oversight.dashboard()


@app.route("GET", "/api/dashboard/admin/courses", Access.ADMIN, query=PageQuery, answer=OverseenCoursesOut)
def oversee_courses(request: Request[None, PageQuery]) -> Answer:
    """Every course, hidden ones and drafts too, newest first."""
    found, next_key = oversight.courses(request.query.limit, start_of(request))
    return page_answer(request, found, next_key, OverseenCoursesOut)


@app.route("GET", "/api/health", Access.ANYONE, answer=HealthOut)
def health(_request: Request[None, None]) -> Answer:
    """Whether the service runs; it asks nothing else."""
    return Answer(HealthOut(), headers=NO_STORE)


@app.route("GET", "/api/health/ready", Access.ANYONE, answer=ReadinessOut, refusals=(NotReady,))
def ready(_request: Request[None, None]) -> Answer:
    """Whether the table answers and the secrets are there."""
    platform.require_ready()
    return Answer(ReadinessOut(), headers=NO_STORE)


@app.route("GET", "/api/openapi.json", Access.ANYONE, answer=dict[str, Any])
def openapi_document(request: Request[None, None]) -> Answer:
    """This document: every route of every function, OpenAPI 3.1."""
    return cacheable(request, Answer(platform.openapi()), _FOR_MINUTES)


@app.route("GET", "/api/docs", Access.ANYONE)
def docs_page(request: Request[None, None]) -> Answer:
    """A page to read and try the API; it works offline."""
    page = platform.docs()
    answer = Answer(page.html, headers={"Content-Security-Policy": page.policy}, media_type="text/html; charset=utf-8")
    return cacheable(request, answer, _FOR_MINUTES)
