"""Being enrolled, and learning."""

from shared.db import keys, store
from shared.db.entities import Course, Outline
from tests.everyday.world import Call, World, everyday
from tests.shop import stored_course


def free_course(world: World) -> Course:
    return stored_course(world.instructor.user_id, amount=0)


def enrolled(world: World) -> Course:
    course = free_course(world)
    assert world.student.post("/api/enrollments", {"course_id": course.course_id}).status == 201
    return course


@everyday("POST /api/enrollments", "BatchGetItem", "TransactWriteItems")
def enroll(world: World) -> Call:
    body = {"course_id": free_course(world).course_id}
    return lambda: world.student.post("/api/enrollments", body)


@everyday("GET /api/enrollments/my", "Query", "BatchGetItem")
def list_mine(world: World) -> Call:
    enrolled(world)
    return lambda: world.student.get("/api/enrollments/my")


@everyday("GET /api/enrollments/{course_id}", "BatchGetItem")
def read(world: World) -> Call:
    course = enrolled(world)
    return lambda: world.student.get(f"/api/enrollments/{course.course_id}")


@everyday("DELETE /api/enrollments/{course_id}", "BatchGetItem", "TransactWriteItems")
def withdraw(world: World) -> Call:
    course = enrolled(world)
    return lambda: world.student.delete(f"/api/enrollments/{course.course_id}")


@everyday("PUT /api/enrollments/{course_id}/lessons/{lesson_id}", "BatchGetItem", "UpdateItem")
def tick(world: World) -> Call:
    course = enrolled(world)
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    path = f"/api/enrollments/{course.course_id}/lessons/{outline.lesson_ids()[0]}"
    return lambda: world.student.put(path, {"completed": True})


@everyday("GET /api/enrollments/{course_id}/progress", "BatchGetItem")
def progress(world: World) -> Call:
    course = enrolled(world)
    return lambda: world.student.get(f"/api/enrollments/{course.course_id}/progress")


@everyday("GET /api/courses/{course_id}/enrollments", "BatchGetItem", "Query", "BatchGetItem")
def learners(world: World) -> Call:
    course = enrolled(world)
    return lambda: world.instructor.get(f"/api/courses/{course.course_id}/enrollments")


@everyday("GET /api/enrollments/{course_id}/timeline", "Query", "Query")
def timeline(world: World) -> Call:
    order = world.shop.order(world.student)
    return lambda: world.student.get(f"/api/enrollments/{order['course_id']}/timeline")


@everyday("POST /api/enrollments/grant", "GetItem", "BatchGetItem", "TransactWriteItems")
def grant(world: World) -> Call:
    body = {"user_id": world.student.user_id, "course_id": free_course(world).course_id, "reason": "a prize"}
    return lambda: world.admin.post("/api/enrollments/grant", body)


@everyday("POST /api/enrollments/revoke", "BatchGetItem", "GetItem", "TransactWriteItems")
def revoke(world: World) -> Call:
    body = {"user_id": world.student.user_id, "course_id": enrolled(world).course_id, "reason": "shared the account"}
    return lambda: world.admin.post("/api/enrollments/revoke", body)
