"""Courses as things to find, make and sell."""

from tests.everyday.world import Call, World, everyday, form
from tests.integration.authoring import COURSE, new_course, new_lesson, new_section, published_course
from tests.local.cloudinary_kit import png


def ready_draft(world: World) -> str:
    """The id of a draft with one lesson."""
    course_id = new_course(world.instructor)["id"]
    new_lesson(world.instructor, new_section(world.instructor, course_id))
    return course_id


@everyday("GET /api/courses", "Query")
def browse(world: World) -> Call:
    published_course(world.instructor)
    world.project()
    return lambda: world.anyone.get("/api/courses")


@everyday("POST /api/courses", "TransactWriteItems", "Query")
def create(world: World) -> Call:
    return lambda: world.instructor.post("/api/courses", COURSE)


@everyday("GET /api/courses/mine", "Query", "BatchGetItem")
def list_own(world: World) -> Call:
    ready_draft(world)
    return lambda: world.instructor.get("/api/courses/mine")


@everyday("GET /api/courses/{course_id}", "Query")
def show(world: World) -> Call:
    course_id, *_ = published_course(world.instructor)
    return lambda: world.anyone.get(f"/api/courses/{course_id}")


@everyday("PUT /api/courses/{course_id}", "GetItem", "TransactWriteItems", "Query")
def edit(world: World) -> Call:
    course_id = ready_draft(world)
    return lambda: world.instructor.put(f"/api/courses/{course_id}", {"title": "Baking better bread"})


@everyday("POST /api/courses/{course_id}/publish", "GetItem", "Query", "TransactWriteItems", "Query")
def publish(world: World) -> Call:
    course_id = ready_draft(world)
    return lambda: world.instructor.post(f"/api/courses/{course_id}/publish")


@everyday("POST /api/courses/{course_id}/unpublish", "GetItem", "Query", "TransactWriteItems", "Query")
def unpublish(world: World) -> Call:
    course_id, *_ = published_course(world.instructor)
    return lambda: world.instructor.post(f"/api/courses/{course_id}/unpublish")


@everyday("DELETE /api/courses/{course_id}", "GetItem", "BatchGetItem", "TransactWriteItems", "Query", "BatchWriteItem")
def delete(world: World) -> Call:
    course_id = ready_draft(world)
    return lambda: world.instructor.delete(f"/api/courses/{course_id}")


@everyday("PUT /api/courses/{course_id}/thumbnail", "GetItem", "GetItem", "TransactWriteItems", "Query")
def thumbnail(world: World) -> Call:
    world.media()
    path, (body, headers) = f"/api/courses/{ready_draft(world)}/thumbnail", form(png())
    return lambda: world.instructor.call("PUT", path, raw=body, headers=headers, base64_body=True)


@everyday("PATCH /api/courses/{course_id}/moderation", "GetItem", "TransactWriteItems", "Query")
def moderate(world: World) -> Call:
    course_id, *_ = published_course(world.instructor)
    body = {"hidden": True, "reason": "copied"}
    return lambda: world.admin.patch(f"/api/courses/{course_id}/moderation", body)
