"""Routes of the dashboards, health checks and API documentation."""

from typing import Any, Final

from functions.dashboards import admin_dashboard, api_docs, health, instructor_dashboard, seller, student_dashboard
from functions.dashboards.admin_schemas import AdminCoursePage, AdminDashboardOut
from functions.dashboards.errors import NotReady
from functions.dashboards.health import HealthOut, ReadinessOut
from functions.dashboards.instructor_schemas import InstructorCourseDetailOut, InstructorDashboardOut
from functions.dashboards.seller import SellerOut
from functions.dashboards.student_schemas import StudentDashboardOut
from shared.errors import CourseNotFound
from shared.http.app import NO_STORE, App
from shared.http.etag import with_etag
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import PageQuery

app: Final = App("dashboards", methods_elsewhere=api_docs.allowed_methods)
lambda_handler: Final = app

_DOCUMENT_CACHE_CONTROL: Final = "public, max-age=300"


@app.route("GET", "/api/dashboard/instructor", Access.INSTRUCTOR, response=InstructorDashboardOut)
def get_instructor_dashboard(request: Request[None, None]) -> InstructorDashboardOut:
    """Your courses, enrollments, students, completions and revenue."""
    return instructor_dashboard.dashboard(request.caller.user_id)


@app.route(
    "GET",
    "/api/dashboard/instructor/courses/{course_id}",
    Access.INSTRUCTOR,
    response=InstructorCourseDetailOut,
    errors=(CourseNotFound,),
)
def get_instructor_course(request: Request[None, None]) -> InstructorCourseDetailOut:
    """One of your courses, day by day."""
    return instructor_dashboard.course_detail(request.caller.user_id, request.path["course_id"])


@app.route("GET", "/api/dashboard/instructor/courses.csv", Access.INSTRUCTOR)
def get_instructor_courses_csv(request: Request[None, None]) -> Response:
    """Your courses with their counters, as CSV; amounts in minor units."""
    headers = {"Content-Disposition": 'attachment; filename="courses.csv"', **NO_STORE}
    return Response(
        instructor_dashboard.courses_csv(request.caller.user_id), headers=headers, media_type="text/csv; charset=utf-8"
    )


@app.route("GET", "/api/dashboard/student", Access.STUDENT, response=StudentDashboardOut)
def get_student_dashboard(request: Request[None, None]) -> StudentDashboardOut:
    """Your courses by status, with progress and the next lesson."""
    return student_dashboard.dashboard(request.caller.user_id)


@app.route("GET", "/api/dashboard/admin", Access.ADMIN, response=AdminDashboardOut)
def get_admin_dashboard(_request: Request[None, None]) -> AdminDashboardOut:
    """Users, courses, enrollments, revenue, instructors, and items that need attention."""
    return admin_dashboard.dashboard()


@app.route("GET", "/api/dashboard/admin/courses", Access.ADMIN, query=PageQuery, response=AdminCoursePage)
def list_admin_courses(request: Request[None, PageQuery]) -> Response:
    """All courses, including drafts and hidden ones, newest first."""
    found, next_key = admin_dashboard.list_courses(request.query.limit, start_key(request))
    return page_response(request, found, next_key, AdminCoursePage)


@app.route("GET", "/api/seller", Access.ANYONE, response=SellerOut)
def get_seller(request: Request[None, None]) -> Response:
    """The seller's time zone, in which pages show days and times."""
    return with_etag(request, Response(seller.seller()), _DOCUMENT_CACHE_CONTROL)


@app.route("GET", "/api/health", Access.ANYONE, response=HealthOut)
def get_health(_request: Request[None, None]) -> Response:
    """Liveness and version of the service, without a check of its dependencies."""
    return Response(HealthOut(), headers=NO_STORE)


@app.route("GET", "/api/health/ready", Access.ANYONE, response=ReadinessOut, errors=(NotReady,))
def get_readiness(_request: Request[None, None]) -> Response:
    """Readiness: the table responds and the secrets are set."""
    health.require_ready()
    return Response(ReadinessOut(), headers=NO_STORE)


@app.route("GET", "/api/openapi.json", Access.ANYONE, response=dict[str, Any])
def get_openapi_document(request: Request[None, None]) -> Response:
    """This document: the routes of all functions, OpenAPI 3.1."""
    return with_etag(request, Response(api_docs.openapi_json()), _DOCUMENT_CACHE_CONTROL)


@app.route("GET", "/api/docs", Access.ANYONE)
def get_api_docs(request: Request[None, None]) -> Response:
    """A page to read and try the API; it works offline."""
    return _html_response(request, api_docs.reference_page())


@app.route("GET", "/docs/errors", Access.ANYONE)
def get_error_docs(request: Request[None, None]) -> Response:
    """A page with all error codes. The `type` of a problem document links to the anchor of its code."""
    return _html_response(request, api_docs.errors_page())


def _html_response(request: Request[None, None], page: api_docs.HtmlPage) -> Response:
    response = Response(
        page.html,
        headers={"Content-Security-Policy": page.content_security_policy},
        media_type="text/html; charset=utf-8",
    )
    return with_etag(request, response, _DOCUMENT_CACHE_CONTROL)
