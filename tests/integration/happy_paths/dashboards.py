"""Normal calls of the dashboard, health and documentation routes."""

from tests.integration.happy_paths.enrollments import enroll_in_free_course
from tests.integration.happy_paths.registry import Call, RouteContext, happy_path


@happy_path("GET /api/dashboard/instructor", "Query", "Query")
def instructor(context: RouteContext) -> Call:
    enroll_in_free_course(context)
    context.project()
    return lambda: context.instructor.get("/api/dashboard/instructor")


@happy_path("GET /api/dashboard/instructor/courses/{course_id}", "GetItem", "Query")
def instructor_course(context: RouteContext) -> Call:
    course = enroll_in_free_course(context)
    context.project()
    return lambda: context.instructor.get(f"/api/dashboard/instructor/courses/{course.course_id}")


@happy_path("GET /api/dashboard/instructor/courses.csv", "Query")
def instructor_courses_csv(context: RouteContext) -> Call:
    enroll_in_free_course(context)
    context.project()
    return lambda: context.instructor.get("/api/dashboard/instructor/courses.csv")


@happy_path("GET /api/dashboard/student", "Query", "BatchGetItem", "BatchGetItem")
def student(context: RouteContext) -> Call:
    enroll_in_free_course(context)
    return lambda: context.student.get("/api/dashboard/student")


@happy_path("GET /api/dashboard/admin", *["Query"] * 12)
def admin(context: RouteContext) -> Call:
    enroll_in_free_course(context)
    context.project()
    return lambda: context.admin.get("/api/dashboard/admin")


@happy_path("GET /api/dashboard/admin/courses", "Query", "BatchGetItem")
def list_admin_courses(context: RouteContext) -> Call:
    enroll_in_free_course(context)
    context.project()
    return lambda: context.admin.get("/api/dashboard/admin/courses")


@happy_path("GET /api/seller")
def seller(context: RouteContext) -> Call:
    return lambda: context.anyone.get("/api/seller")


@happy_path("GET /api/health")
def health(context: RouteContext) -> Call:
    return lambda: context.anyone.get("/api/health")


@happy_path("GET /api/health/ready", "GetItem")
def ready(context: RouteContext) -> Call:
    return lambda: context.anyone.get("/api/health/ready")


@happy_path("GET /api/openapi.json")
def document(context: RouteContext) -> Call:
    return lambda: context.anyone.get("/api/openapi.json")


@happy_path("GET /api/docs")
def docs(context: RouteContext) -> Call:
    return lambda: context.anyone.get("/api/docs")


@happy_path("GET /docs/errors")
def error_docs(context: RouteContext) -> Call:
    return lambda: context.anyone.get("/docs/errors")
