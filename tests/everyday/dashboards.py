"""Figures, and the platform about itself."""

from tests.everyday.enrollments import enrolled
from tests.everyday.world import Call, World, everyday


@everyday("GET /api/dashboard/instructor", "Query", "Query")
def instructor(world: World) -> Call:
    enrolled(world)
    world.project()
    return lambda: world.instructor.get("/api/dashboard/instructor")


@everyday("GET /api/dashboard/instructor/courses/{course_id}", "GetItem", "Query")
def taught_course(world: World) -> Call:
    course = enrolled(world)
    world.project()
    return lambda: world.instructor.get(f"/api/dashboard/instructor/courses/{course.course_id}")


@everyday("GET /api/dashboard/instructor/courses.csv", "Query")
def taught_courses(world: World) -> Call:
    enrolled(world)
    world.project()
    return lambda: world.instructor.get("/api/dashboard/instructor/courses.csv")


@everyday("GET /api/dashboard/student", "Query", "BatchGetItem", "BatchGetItem")
def student(world: World) -> Call:
    enrolled(world)
    return lambda: world.student.get("/api/dashboard/student")


@everyday("GET /api/dashboard/admin", *["Query"] * 12)
def admin(world: World) -> Call:
    enrolled(world)
    world.project()
    return lambda: world.admin.get("/api/dashboard/admin")


@everyday("GET /api/dashboard/admin/courses", "Query", "BatchGetItem")
def oversee_courses(world: World) -> Call:
    enrolled(world)
    world.project()
    return lambda: world.admin.get("/api/dashboard/admin/courses")


@everyday("GET /api/health")
def health(world: World) -> Call:
    return lambda: world.anyone.get("/api/health")


@everyday("GET /api/health/ready", "GetItem")
def ready(world: World) -> Call:
    return lambda: world.anyone.get("/api/health/ready")


@everyday("GET /api/openapi.json")
def document(world: World) -> Call:
    return lambda: world.anyone.get("/api/openapi.json")


@everyday("GET /api/docs")
def docs(world: World) -> Call:
    return lambda: world.anyone.get("/api/docs")
