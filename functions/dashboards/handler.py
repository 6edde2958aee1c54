"""Routes of the dashboards, and those of the platform itself."""

from typing import Final

from functions.dashboards import oversight, service
from functions.dashboards.schemas import (
    AdminDashboardOut,
    InstructorDashboardOut,
    OverseenCoursesOut,
    StudentDashboardOut,
)
from shared.http.answer import Answer
from shared.http.app import App
from shared.http.paging import page_answer, start_of
from shared.http.request import Request
from shared.http.route import Access
from shared.schemas import PageQuery

app: Final = App("dashboards")
lambda_handler: Final = app


@app.route("GET", "/api/dashboard/instructor", Access.INSTRUCTOR, answer=InstructorDashboardOut)
def instructor_dashboard(request: Request[None, None]) -> InstructorDashboardOut:
    """Your courses, enrollments, students, completions and revenue."""
    return service.instructor(request.caller.user_id)


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
