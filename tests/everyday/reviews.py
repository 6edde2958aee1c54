"""What learners say of a course."""

from tests.everyday.world import Call, World, everyday
from tests.shop import stored_course


def rated(world: World) -> str:
    """The path of the reviews of a course that the student has and rated."""
    course = stored_course(world.instructor.user_id, amount=0)
    assert world.student.post("/api/enrollments", {"course_id": course.course_id}).status == 201
    path = f"/api/courses/{course.course_id}/reviews"
    assert world.student.put(f"{path}/my", {"rating": 4, "text": "Clear and calm."}).status == 201
    return path


@everyday("GET /api/courses/{course_id}/reviews", "GetItem", "Query")
def read_all(world: World) -> Call:
    path = rated(world)
    return lambda: world.anyone.get(path)


@everyday("PUT /api/courses/{course_id}/reviews/my", "BatchGetItem", "TransactWriteItems")
def write(world: World) -> Call:
    path = rated(world)
    return lambda: world.student.put(f"{path}/my", {"rating": 5})


@everyday("GET /api/courses/{course_id}/reviews/my", "GetItem")
def read_own(world: World) -> Call:
    path = rated(world)
    return lambda: world.student.get(f"{path}/my")


@everyday("DELETE /api/courses/{course_id}/reviews/my", "TransactWriteItems")
def take_back(world: World) -> Call:
    path = rated(world)
    return lambda: world.student.delete(f"{path}/my")


@everyday(
    "PATCH /api/courses/{course_id}/reviews/{review_id}/moderation", "Query", "GetItem", "TransactWriteItems", "GetItem"
)
def hide(world: World) -> Call:
    path = rated(world)
    review_id = world.anyone.get(path).json["items"][0]["id"]
    body = {"hidden": True, "reason": "An advertisement"}
    return lambda: world.admin.patch(f"{path}/{review_id}/moderation", body)
