"""Normal calls of the enrollment routes."""

from shared.db.entities import Course, Outline
from shared.db.table import keys, store
from tests.fixtures.storefront import put_published_course
from tests.integration.happy_paths.registry import Call, RouteContext, happy_path


def free_course(context: RouteContext) -> Course:
    return put_published_course(context.instructor.user_id, amount=0)


def enroll_in_free_course(context: RouteContext) -> Course:
    course = free_course(context)
    assert context.student.post("/api/enrollments", {"course_id": course.course_id}).status == 201
    return course


@happy_path("POST /api/enrollments", "BatchGetItem", "TransactWriteItems")
def enroll(context: RouteContext) -> Call:
    body = {"course_id": free_course(context).course_id}
    return lambda: context.student.post("/api/enrollments", body)


@happy_path("GET /api/enrollments/my", "Query", "BatchGetItem")
def list_mine(context: RouteContext) -> Call:
    enroll_in_free_course(context)
    return lambda: context.student.get("/api/enrollments/my")


@happy_path("GET /api/enrollments/{course_id}", "BatchGetItem")
def read(context: RouteContext) -> Call:
    course = enroll_in_free_course(context)
    return lambda: context.student.get(f"/api/enrollments/{course.course_id}")


@happy_path("DELETE /api/enrollments/{course_id}", "BatchGetItem", "TransactWriteItems")
def withdraw(context: RouteContext) -> Call:
    course = enroll_in_free_course(context)
    return lambda: context.student.delete(f"/api/enrollments/{course.course_id}")


@happy_path("PUT /api/enrollments/{course_id}/lessons/{lesson_id}", "BatchGetItem", "UpdateItem")
def complete_lesson(context: RouteContext) -> Call:
    course = enroll_in_free_course(context)
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    path = f"/api/enrollments/{course.course_id}/lessons/{outline.lesson_ids()[0]}"
    return lambda: context.student.put(path, {"completed": True})


@happy_path("GET /api/enrollments/{course_id}/progress", "BatchGetItem")
def progress(context: RouteContext) -> Call:
    course = enroll_in_free_course(context)
    return lambda: context.student.get(f"/api/enrollments/{course.course_id}/progress")


@happy_path("GET /api/courses/{course_id}/enrollments", "BatchGetItem", "Query", "BatchGetItem")
def list_learners(context: RouteContext) -> Call:
    course = enroll_in_free_course(context)
    return lambda: context.instructor.get(f"/api/courses/{course.course_id}/enrollments")


@happy_path("GET /api/enrollments/{course_id}/timeline", "Query", "Query")
def timeline(context: RouteContext) -> Call:
    order = context.shop.create_order(context.student)
    return lambda: context.student.get(f"/api/enrollments/{order['course_id']}/timeline")


@happy_path("POST /api/enrollments/grant", "GetItem", "BatchGetItem", "TransactWriteItems")
def grant(context: RouteContext) -> Call:
    body = {"user_id": context.student.user_id, "course_id": free_course(context).course_id, "reason": "a prize"}
    return lambda: context.admin.post("/api/enrollments/grant", body)


@happy_path("POST /api/enrollments/revoke", "BatchGetItem", "GetItem", "TransactWriteItems")
def revoke(context: RouteContext) -> Call:
    body = {
        "user_id": context.student.user_id,
        "course_id": enroll_in_free_course(context).course_id,
        "reason": "shared the account",
    }
    return lambda: context.admin.post("/api/enrollments/revoke", body)
