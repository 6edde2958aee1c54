"""Enrolling, withdrawing and learning."""

from collections.abc import Callable

import pytest

from shared.db import keys, store
from shared.db.entities import Course, Enrollment, Outline
from shared.lifecycle import CourseStatus
from tests.api import Api
from tests.clockwork import StandingClock
from tests.shop import Shop, stored_course

NewUser = Callable[..., Api]


def enroll(learner: Api, course: Course) -> object:
    return learner.post("/api/enrollments", {"course_id": course.course_id})


def test_a_free_course_is_open_at_once(student: Api, instructor: Api) -> None:
    course = stored_course(instructor.user_id, amount=0)
    reply = student.post("/api/enrollments", {"course_id": course.course_id})
    assert (reply.status, reply.json["status"], reply.json["granted_by"]) == (201, "active", "free")
    assert reply.json["progress"] == {"completed_lessons": 0, "total_lessons": 2, "percent": 0}
    assert reply.json["next"] is None
    again = student.post("/api/enrollments", {"course_id": course.course_id})
    assert (again.status, again.code) == (409, "enrollment_already_active")


def test_a_paid_course_waits_for_payment_and_says_how(student: Api, instructor: Api) -> None:
    course = stored_course(instructor.user_id)
    first = student.post("/api/enrollments", {"course_id": course.course_id})
    again = student.post("/api/enrollments", {"course_id": course.course_id})
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    assert first.json["status"] == "pending"
    assert first.json["next"] == {
        "action": "pay",
        "route": "POST /api/payments/create-order",
        "course_id": course.course_id,
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": CourseStatus.DRAFT}, "course_not_found"),
        ({"status": CourseStatus.ARCHIVED}, "course_not_found"),
        ({"hidden": True}, "course_not_found"),
    ],
)
def test_a_closed_course_cannot_be_entered(student: Api, instructor: Api, changes: dict, code: str) -> None:
    course = stored_course(instructor.user_id, amount=0, **changes)
    for route in ("/api/enrollments", "/api/payments/create-order"):
        reply = student.post(route, {"course_id": course.course_id})
        assert (reply.status, reply.code) == (404, code)
    assert store.get(Enrollment, keys.enrollment(student.user_id, course.course_id)) is None


def test_nobody_enrolls_in_their_own_course(student: Api) -> None:
    course = stored_course(student.user_id, amount=0)
    reply = student.post("/api/enrollments", {"course_id": course.course_id})
    assert (reply.status, reply.code) == (409, "own_course")


def test_only_students_enroll(instructor: Api, admin: Api, anyone: Api) -> None:
    course = stored_course("usr_01M844DZG0RJ9RDKNYDJNHNVW1", amount=0)
    statuses = [
        each.post("/api/enrollments", {"course_id": course.course_id}).status for each in (instructor, admin, anyone)
    ]
    assert statuses == [403, 403, 401]


def test_an_unpaid_wish_ends_with_its_window(shop: Shop, student: Api) -> None:
    student.post("/api/enrollments", {"course_id": shop.course.course_id})
    shop.time.pass_time(minutes=29, seconds=59)
    assert shop.sweep() == {}
    shop.time.pass_time(seconds=1)
    assert shop.sweep() == {"enrollment_written": 1}
    assert (shop.enrollment(student).status, shop.enrollment(student).reason) == ("cancelled", "expired")
    assert shop.sweep() == {}
    again = student.post("/api/enrollments", {"course_id": shop.course.course_id})
    assert (again.status, again.json["status"]) == (201, "pending")


def test_withdrawing_is_for_pending_and_free_enrollments(shop: Shop, student: Api) -> None:
    free = stored_course("usr_01M844DZG0RJ9RDKNYDJNHNVW1", amount=0)
    student.post("/api/enrollments", {"course_id": free.course_id})
    gone = student.delete(f"/api/enrollments/{free.course_id}")
    assert (gone.status, gone.json["status"], gone.json["reason"]) == (200, "cancelled", "withdrawn")
    assert student.delete(f"/api/enrollments/{free.course_id}").json == gone.json

    shop.pay(shop.order(student)["order_id"])
    shop.deliver()
    paid = student.delete(f"/api/enrollments/{shop.course.course_id}")
    assert (paid.status, paid.code) == (409, "enrollment_paid")
    assert shop.enrollment(student).status == "active"


def test_f9_a_free_course_that_was_waited_for_opens_and_its_late_money_goes_back(shop: Shop, student: Api) -> None:
    order = shop.order(student)
    store.update(Course, keys.course(shop.course.course_id), [Course.amount.set(0)], Course.pk.exists())
    reply = student.post("/api/enrollments", {"course_id": shop.course.course_id})
    assert (reply.status, reply.json["status"], reply.json["granted_by"]) == (201, "active", "free")
    shop.pay(order["order_id"])
    shop.deliver()
    assert shop.states(student, order["order_id"]) == ("refund_pending", "active")
    assert shop.payment(order["order_id"]).reason == "duplicate"


def test_lists_come_in_pages_with_their_progress(student: Api, instructor: Api) -> None:
    courses = [stored_course(instructor.user_id, amount=0) for _ in range(5)]
    for course in courses:
        student.post("/api/enrollments", {"course_id": course.course_id})
    seen, path = [], "/api/enrollments/my?limit=2"
    sizes = []
    while path:
        page = student.get(path)
        assert page.status == 200
        sizes.append(len(page.json["items"]))
        seen += [each["course_id"] for each in page.json["items"]]
        cursor = page.json["next_cursor"]
        path = f"/api/enrollments/my?limit=2&cursor={cursor}" if cursor else ""
    assert sizes == [2, 2, 1]
    assert sorted(seen) == sorted(course.course_id for course in courses)
    assert student.get("/api/enrollments/my?status=cancelled").json == {"items": [], "next_cursor": None}
    assert student.get("/api/enrollments/my?status=nonsense").code == "invalid"
    assert student.get("/api/enrollments/my?limit=0").status == 422


def test_a_cursor_belongs_to_its_list(student: Api, instructor: Api, new_user: NewUser) -> None:
    for _ in range(2):
        student.post("/api/enrollments", {"course_id": stored_course(instructor.user_id, amount=0).course_id})
    cursor = student.get("/api/enrollments/my?limit=1").json["next_cursor"]
    other = new_user("student")
    for reply in (
        other.get(f"/api/enrollments/my?limit=1&cursor={cursor}"),
        student.get(f"/api/enrollments/my?limit=1&cursor={cursor[:-2]}AA"),
        student.get(f"/api/enrollments/my?limit=1&status=active&cursor={cursor}"),
        student.get("/api/enrollments/my?cursor=%E0%A4%A"),
    ):
        assert (reply.status, reply.code) == (400, "cursor_invalid")


def lessons_of(course: Course) -> list[str]:
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    return outline.lesson_ids()


def tick(learner: Api, course: Course, lesson: str, body: dict[str, object] | None = None) -> dict:
    reply = learner.put(f"/api/enrollments/{course.course_id}/lessons/{lesson}", body or {"completed": True})
    assert reply.status == 200, reply.text
    answer: dict = reply.json
    return answer


def test_progress_is_exact_and_the_last_tick_completes_once(student: Api, instructor: Api, time: StandingClock) -> None:
    course = stored_course(instructor.user_id, amount=0, lessons=3)
    student.post("/api/enrollments", {"course_id": course.course_id})
    first, second, third = lessons_of(course)
    assert tick(student, course, first)["progress"]["percent"] == 33
    assert tick(student, course, first)["progress"]["percent"] == 33
    assert tick(student, course, second)["progress"] == {"completed_lessons": 2, "total_lessons": 3, "percent": 66}
    done = tick(student, course, third)
    assert (done["status"], done["progress"]["percent"]) == ("completed", 100)
    completed_at = student.get(f"/api/enrollments/{course.course_id}").json["completed_at"]
    time.pass_time(hours=1)
    assert tick(student, course, third)["status"] == "completed"
    assert student.get(f"/api/enrollments/{course.course_id}").json["completed_at"] == completed_at
    assert tick(student, course, first, {"completed": False})["progress"]["percent"] == 66
    assert student.get(f"/api/enrollments/{course.course_id}").json["status"] == "completed"


def test_a_tick_needs_access_and_a_lesson_of_the_course(shop: Shop, student: Api) -> None:
    lesson = lessons_of(shop.course)[0]
    path = f"/api/enrollments/{shop.course.course_id}/lessons/{lesson}"
    assert student.put(path, {"completed": True}).code == "enrollment_not_found"
    student.post("/api/enrollments", {"course_id": shop.course.course_id})
    assert student.put(path, {"completed": True}).code == "not_enrolled"
    assert student.put(path, {"nonsense": 1}).code == "not_enrolled"
    shop.pay(shop.order(student)["order_id"])
    shop.deliver()
    assert student.put(path, {}).status == 422
    assert student.put(path, {"completed": "yes"}).status == 422
    assert student.put(path[:-3] + "zzz", {"completed": True}).code == "lesson_not_found"
    assert student.get(f"/api/enrollments/{shop.course.course_id}/progress").json["percent"] == 0


def test_the_video_position_is_kept(student: Api, instructor: Api) -> None:
    course = stored_course(instructor.user_id, amount=0)
    student.post("/api/enrollments", {"course_id": course.course_id})
    first, second = lessons_of(course)
    assert tick(student, course, first, {"position_seconds": 42})["completed"] is False
    tick(student, course, second)
    progress = student.get(f"/api/enrollments/{course.course_id}/progress").json
    assert progress["positions"] == {first: 42}
    assert progress["completed_lesson_ids"] == [second]
    assert (progress["next_lesson_id"], progress["last_lesson_id"], progress["percent"]) == (first, second, 50)


def test_a_deleted_lesson_counts_no_more(student: Api, instructor: Api) -> None:
    course = stored_course(instructor.user_id, amount=0)
    student.post("/api/enrollments", {"course_id": course.course_id})
    first, second = lessons_of(course)
    tick(student, course, first)
    tick(student, course, first, {"completed": True})
    o = Outline
    section = next(iter(store.get(o, keys.outline(course.course_id)).lessons.as_dict()))  # type: ignore[union-attr]
    store.update(
        o,
        keys.outline(course.course_id),
        [o.lessons[section].set([second]), o.lesson_count.set(1), o.version.add(1)],
        o.pk.exists(),
    )
    progress = student.get(f"/api/enrollments/{course.course_id}").json["progress"]
    assert progress == {"completed_lessons": 0, "total_lessons": 1, "percent": 0}


def test_the_instructor_sees_learners_and_strangers_do_not(
    student: Api, instructor: Api, admin: Api, new_user: NewUser
) -> None:
    course = stored_course(instructor.user_id, amount=0)
    student.post("/api/enrollments", {"course_id": course.course_id})
    tick(student, course, lessons_of(course)[0])
    path = f"/api/courses/{course.course_id}/enrollments"
    items = instructor.get(path).json["items"]
    assert [(each["user_id"], each["status"], each["progress"]["percent"]) for each in items] == [
        (student.user_id, "active", 50)
    ]
    assert admin.get(path).json["items"] == items
    assert (new_user("instructor").get(path).code, student.get(path).status) == ("course_not_found", 403)


def test_the_same_idempotency_key_gives_the_same_answer(student: Api, instructor: Api) -> None:
    course, other = stored_course(instructor.user_id, amount=0), stored_course(instructor.user_id, amount=0)
    headers = {"Idempotency-Key": "once-please"}
    first = student.post("/api/enrollments", {"course_id": course.course_id}, headers=headers)
    again = student.post("/api/enrollments", {"course_id": course.course_id}, headers=headers)
    assert (first.status, again.status, first.text == again.text) == (201, 201, True)
    assert again.headers["Idempotency-Replayed"] == "true"
    reused = student.post("/api/enrollments", {"course_id": other.course_id}, headers=headers)
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")
    assert store.get(Enrollment, keys.enrollment(student.user_id, other.course_id)) is None


def test_an_admin_gives_and_takes_access_with_a_reason(shop: Shop, student: Api, admin: Api) -> None:
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "scholarship"}
    given = admin.post("/api/enrollments/grant", body)
    assert (given.status, given.json["status"], given.json["granted_by"]) == (201, "active", "admin")
    assert admin.post("/api/enrollments/grant", body).code == "enrollment_already_active"
    taken = admin.post("/api/enrollments/revoke", {**body, "reason": "left the school"})
    assert (taken.status, taken.json["status"], taken.json["reason"]) == (200, "cancelled", "revoked")
    assert admin.post("/api/enrollments/revoke", body).code == "no_access_to_revoke"
    entries = store.query_all("AUDIT#2026-11")
    told = [(each.action, each.admin_id, each.reason, each.before["status"], each.after["status"]) for each in entries]
    assert told == [
        ("enrollment.grant", admin.user_id, "scholarship", None, "active"),
        ("enrollment.revoke", admin.user_id, "left the school", "active", "cancelled"),
    ]
    assert student.post("/api/enrollments/grant", body).status == 403


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"user_id": "usr_01M844DZG0BMVXGJXTBAW2B8NT"}, "user_not_found"),
        ({"course_id": "crs_01M844DZG0BMVXGJXTBAW2B8NT"}, "course_not_found"),
    ],
)
def test_a_grant_needs_a_student_and_a_course(shop: Shop, student: Api, admin: Api, changes: dict, code: str) -> None:
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "gift", **changes}
    reply = admin.post("/api/enrollments/grant", body)
    assert (reply.status, reply.code) == (404, code)


def test_taking_paid_access_gives_the_money_back(shop: Shop, student: Api, admin: Api) -> None:
    order = shop.order(student)
    shop.pay(order["order_id"])
    shop.deliver()
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "fraud"}
    assert admin.post("/api/enrollments/revoke", body).status == 200
    assert shop.states(student, order["order_id"]) == ("refund_pending", "cancelled")
    shop.sweep()
    shop.time.pass_time(minutes=16)
    shop.sweep()
    assert shop.states(student, order["order_id"]) == ("refunded", "cancelled")
    assert shop.enrollment(student).reason == "revoked"


def test_the_timeline_tells_everything_in_order(shop: Shop, student: Api, admin: Api, new_user: NewUser) -> None:
    order = shop.order(student)
    shop.time.pass_time(minutes=1)
    checkout = shop.pay(order["order_id"])
    shop.verify(student, checkout)
    shop.time.pass_time(minutes=1)
    shop.deliver("payment.captured")
    path = f"/api/enrollments/{shop.course.course_id}/timeline"
    items = student.get(path).json["items"]
    assert [(each["at"][11:16], each["subject"], each["kind"], each["source"]) for each in items] == [
        ("12:00", "enrollment", "order_created", "learner"),
        ("12:00", "payment", "order_created", "learner"),
        ("12:01", "enrollment", "signed_checkout", "checkout"),
        ("12:01", "payment", "signed_checkout", "checkout"),
        ("12:02", "payment", "captured", "webhook"),
    ]
    assert items[-1]["status"] == "captured"
    assert admin.get(f"{path}?user_id={student.user_id}").json["items"] == items
    other = new_user("student")
    assert other.get(path).code == "enrollment_not_found"
    assert other.get(f"{path}?user_id={student.user_id}").code == "enrollment_not_found"
