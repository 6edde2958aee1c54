"""Normal calls of the course routes."""

from tests.fixtures.course_authoring import COURSE, new_course, new_lesson, new_section, published_course
from tests.integration.happy_paths.registry import Call, RouteContext, happy_path, multipart_form
from tests.local.cloudinary.uploads import png


def draft_with_lesson(context: RouteContext) -> str:
    """The id of a draft with one lesson."""
    course_id: str = new_course(context.instructor)["id"]
    new_lesson(context.instructor, new_section(context.instructor, course_id))
    return course_id


@happy_path("GET /api/courses", "Query")
def browse(context: RouteContext) -> Call:
    published_course(context.instructor)
    context.project()
    return lambda: context.anyone.get("/api/courses")


@happy_path("POST /api/courses", "TransactWriteItems", "Query")
def create(context: RouteContext) -> Call:
    return lambda: context.instructor.post("/api/courses", COURSE)


@happy_path("GET /api/courses/mine", "Query", "BatchGetItem")
def list_own(context: RouteContext) -> Call:
    draft_with_lesson(context)
    return lambda: context.instructor.get("/api/courses/mine")


@happy_path("GET /api/courses/{course_id}", "Query")
def show(context: RouteContext) -> Call:
    course_id, *_ = published_course(context.instructor)
    return lambda: context.anyone.get(f"/api/courses/{course_id}")


@happy_path("PUT /api/courses/{course_id}", "GetItem", "TransactWriteItems", "Query")
def edit(context: RouteContext) -> Call:
    course_id = draft_with_lesson(context)
    return lambda: context.instructor.put(f"/api/courses/{course_id}", {"title": "Baking better bread"})


@happy_path("POST /api/courses/{course_id}/publish", "GetItem", "Query", "TransactWriteItems", "Query")
def publish(context: RouteContext) -> Call:
    course_id = draft_with_lesson(context)
    return lambda: context.instructor.post(f"/api/courses/{course_id}/publish")


@happy_path("POST /api/courses/{course_id}/unpublish", "GetItem", "Query", "TransactWriteItems", "Query")
def unpublish(context: RouteContext) -> Call:
    course_id, *_ = published_course(context.instructor)
    return lambda: context.instructor.post(f"/api/courses/{course_id}/unpublish")


@happy_path(
    "DELETE /api/courses/{course_id}", "GetItem", "BatchGetItem", "TransactWriteItems", "Query", "BatchWriteItem"
)
def delete(context: RouteContext) -> Call:
    course_id = draft_with_lesson(context)
    return lambda: context.instructor.delete(f"/api/courses/{course_id}")


@happy_path("PUT /api/courses/{course_id}/thumbnail", "GetItem", "GetItem", "TransactWriteItems", "Query")
def thumbnail(context: RouteContext) -> Call:
    context.media()
    path, (body, headers) = f"/api/courses/{draft_with_lesson(context)}/thumbnail", multipart_form(png())
    return lambda: context.instructor.call("PUT", path, raw=body, headers=headers, base64_body=True)


@happy_path("PATCH /api/courses/{course_id}/moderation", "GetItem", "TransactWriteItems", "Query")
def moderate(context: RouteContext) -> Call:
    course_id, *_ = published_course(context.instructor)
    body = {"hidden": True, "reason": "copied"}
    return lambda: context.admin.patch(f"/api/courses/{course_id}/moderation", body)
