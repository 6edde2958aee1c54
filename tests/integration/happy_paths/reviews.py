"""Normal calls of the review routes."""

from tests.fixtures.storefront import put_published_course
from tests.integration.happy_paths.registry import Call, RouteContext, happy_path


def rated_course_reviews_path(context: RouteContext) -> str:
    """The path of the reviews of a course in which the student is enrolled, with the student's review."""
    course = put_published_course(context.instructor.user_id, amount=0)
    assert context.student.post("/api/enrollments", {"course_id": course.course_id}).status == 201
    path = f"/api/courses/{course.course_id}/reviews"
    assert context.student.put(f"{path}/my", {"rating": 4, "text": "Clear and calm."}).status == 201
    return path


@happy_path("GET /api/courses/{course_id}/reviews", "GetItem", "Query")
def read_all(context: RouteContext) -> Call:
    path = rated_course_reviews_path(context)
    return lambda: context.anyone.get(path)


@happy_path("PUT /api/courses/{course_id}/reviews/my", "BatchGetItem", "TransactWriteItems")
def write(context: RouteContext) -> Call:
    path = rated_course_reviews_path(context)
    return lambda: context.student.put(f"{path}/my", {"rating": 5})


@happy_path("GET /api/courses/{course_id}/reviews/my", "GetItem")
def read_own(context: RouteContext) -> Call:
    path = rated_course_reviews_path(context)
    return lambda: context.student.get(f"{path}/my")


@happy_path("DELETE /api/courses/{course_id}/reviews/my", "TransactWriteItems")
def delete(context: RouteContext) -> Call:
    path = rated_course_reviews_path(context)
    return lambda: context.student.delete(f"{path}/my")


@happy_path(
    "PATCH /api/courses/{course_id}/reviews/{review_id}/moderation", "Query", "GetItem", "TransactWriteItems", "GetItem"
)
def hide(context: RouteContext) -> Call:
    path = rated_course_reviews_path(context)
    review_id = context.anyone.get(path).json["items"][0]["id"]
    body = {"hidden": True, "reason": "An advertisement"}
    return lambda: context.admin.patch(f"{path}/{review_id}/moderation", body)
