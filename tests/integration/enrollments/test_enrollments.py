"""Enrollment, withdrawal, progress, grants and revocations by admins, and the timeline."""

from collections.abc import Callable
from typing import Any

import pytest
from pynamodb.expressions.operand import Path

from shared.db.entities import Course, Enrollment, Outline
from shared.db.table import keys, store
from shared.domain.lifecycle import CourseStatus
from tests.fixtures.api import Api
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.storefront import Storefront, put_published_course

NewUser = Callable[..., Api]


def test_enroll_in_free_course_activates_immediately(student: Api, instructor: Api) -> None:
    course = put_published_course(instructor.user_id, amount=0)
    reply = student.post("/api/enrollments", {"course_id": course.course_id})
    assert (reply.status, reply.json["status"], reply.json["granted_by"]) == (201, "active", "free")
    assert reply.json["progress"] == {"completed_lessons": 0, "total_lessons": 2, "percent": 0}
    assert reply.json["next"] is None
    again = student.post("/api/enrollments", {"course_id": course.course_id})
    assert (again.status, again.code) == (409, "enrollment_already_active")


def test_enroll_in_paid_course_is_pending_with_create_order_as_next_step(student: Api, instructor: Api) -> None:
    course = put_published_course(instructor.user_id)
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
def test_enroll_in_draft_archived_or_hidden_course_returns_404(
    student: Api, instructor: Api, changes: dict[str, Any], code: str
) -> None:
    course = put_published_course(instructor.user_id, amount=0, **changes)
    for route in ("/api/enrollments", "/api/payments/create-order"):
        reply = student.post(route, {"course_id": course.course_id})
        assert (reply.status, reply.code) == (404, code)
    assert store.get(Enrollment, keys.enrollment(student.user_id, course.course_id)) is None


def test_enroll_in_own_course_returns_409(student: Api) -> None:
    course = put_published_course(student.user_id, amount=0)
    reply = student.post("/api/enrollments", {"course_id": course.course_id})
    assert (reply.status, reply.code) == (409, "own_course")


def test_enroll_as_non_student_returns_403_and_anonymous_401(instructor: Api, admin: Api, anonymous: Api) -> None:
    course = put_published_course("usr_01M844DZG0RJ9RDKNYDJNHNVW1", amount=0)
    statuses = [
        each.post("/api/enrollments", {"course_id": course.course_id}).status for each in (instructor, admin, anonymous)
    ]
    assert statuses == [403, 403, 401]


def test_pending_enrollment_without_order_expires_after_30_minutes(shop: Storefront, student: Api) -> None:
    student.post("/api/enrollments", {"course_id": shop.course.course_id})
    shop.clock.advance(minutes=29, seconds=59)
    assert shop.sweep() == {}
    shop.clock.advance(seconds=1)
    assert shop.sweep() == {"enrollment_expired": 1}
    assert (shop.enrollment(student).status, shop.enrollment(student).reason) == ("cancelled", "expired")
    assert shop.sweep() == {}
    again = student.post("/api/enrollments", {"course_id": shop.course.course_id})
    assert (again.status, again.json["status"]) == (201, "pending")


def test_withdraw_cancels_free_enrollment_and_returns_409_for_paid_one(shop: Storefront, student: Api) -> None:
    free = put_published_course("usr_01M844DZG0RJ9RDKNYDJNHNVW1", amount=0)
    student.post("/api/enrollments", {"course_id": free.course_id})
    withdrawn = student.delete(f"/api/enrollments/{free.course_id}")
    assert (withdrawn.status, withdrawn.json["status"], withdrawn.json["reason"]) == (200, "cancelled", "withdrawn")
    assert student.delete(f"/api/enrollments/{free.course_id}").json == withdrawn.json

    shop.pay(shop.create_order(student)["order_id"])
    shop.deliver()
    paid = student.delete(f"/api/enrollments/{shop.course.course_id}")
    assert (paid.status, paid.code) == (409, "enrollment_paid")
    assert shop.enrollment(student).status == "active"


def test_f9_price_drop_to_free_activates_enrollment_and_late_capture_is_duplicate(
    shop: Storefront, student: Api
) -> None:
    order = shop.create_order(student)
    store.update(Course, keys.course(shop.course.course_id), [Course.amount.set(0)], Course.pk.exists())
    reply = student.post("/api/enrollments", {"course_id": shop.course.course_id})
    assert (reply.status, reply.json["status"], reply.json["granted_by"]) == (201, "active", "free")
    shop.pay(order["order_id"])
    shop.deliver()
    assert shop.states(student, order["order_id"]) == ("refund_pending", "active")
    assert shop.payment(order["order_id"]).reason == "duplicate"


def test_list_my_enrollments_returns_all_pages_and_rejects_invalid_query(student: Api, instructor: Api) -> None:
    courses = [put_published_course(instructor.user_id, amount=0) for _ in range(5)]
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


def test_list_my_enrollments_with_foreign_or_tampered_cursor_returns_400(
    student: Api, instructor: Api, new_user: NewUser
) -> None:
    for _ in range(2):
        student.post("/api/enrollments", {"course_id": put_published_course(instructor.user_id, amount=0).course_id})
    cursor = student.get("/api/enrollments/my?limit=1").json["next_cursor"]
    other = new_user("student")
    for reply in (
        other.get(f"/api/enrollments/my?limit=1&cursor={cursor}"),
        student.get(f"/api/enrollments/my?limit=1&cursor={cursor[:-2]}AA"),
        student.get(f"/api/enrollments/my?limit=1&status=active&cursor={cursor}"),
        student.get("/api/enrollments/my?cursor=%E0%A4%A"),
    ):
        assert (reply.status, reply.code) == (400, "cursor_invalid")


def lesson_ids_of(course: Course) -> list[str]:
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    return outline.lesson_ids()


def put_progress(learner: Api, course: Course, lesson: str, body: dict[str, object] | None = None) -> dict[str, Any]:
    reply = learner.put(f"/api/enrollments/{course.course_id}/lessons/{lesson}", body or {"completed": True})
    assert reply.status == 200, reply.text
    progress: dict[str, Any] = reply.json
    return progress


def test_progress_percent_rounds_down_and_last_lesson_completes_once(
    student: Api, instructor: Api, fake_clock: FakeClock
) -> None:
    course = put_published_course(instructor.user_id, amount=0, lessons=3)
    student.post("/api/enrollments", {"course_id": course.course_id})
    first, second, third = lesson_ids_of(course)
    assert put_progress(student, course, first)["progress"]["percent"] == 33
    assert put_progress(student, course, first)["progress"]["percent"] == 33
    assert put_progress(student, course, second)["progress"] == {
        "completed_lessons": 2,
        "total_lessons": 3,
        "percent": 66,
    }
    done = put_progress(student, course, third)
    assert (done["status"], done["progress"]["percent"]) == ("completed", 100)
    completed_at = student.get(f"/api/enrollments/{course.course_id}").json["completed_at"]
    fake_clock.advance(hours=1)
    assert put_progress(student, course, third)["status"] == "completed"
    assert student.get(f"/api/enrollments/{course.course_id}").json["completed_at"] == completed_at
    assert put_progress(student, course, first, {"completed": False})["progress"]["percent"] == 66
    assert student.get(f"/api/enrollments/{course.course_id}").json["status"] == "completed"


def test_put_progress_requires_access_and_a_lesson_of_the_course(shop: Storefront, student: Api) -> None:
    lesson = lesson_ids_of(shop.course)[0]
    path = f"/api/enrollments/{shop.course.course_id}/lessons/{lesson}"
    assert student.put(path, {"completed": True}).code == "enrollment_not_found"
    student.post("/api/enrollments", {"course_id": shop.course.course_id})
    assert student.put(path, {"completed": True}).code == "not_enrolled"
    assert student.put(path, {"nonsense": 1}).code == "not_enrolled"
    shop.pay(shop.create_order(student)["order_id"])
    shop.deliver()
    assert student.put(path, {}).status == 422
    assert student.put(path, {"completed": "yes"}).status == 422
    assert student.put(path[:-3] + "zzz", {"completed": True}).code == "lesson_not_found"
    assert student.get(f"/api/enrollments/{shop.course.course_id}/progress").json["percent"] == 0


def test_put_progress_stores_video_position_separately_from_completion(student: Api, instructor: Api) -> None:
    course = put_published_course(instructor.user_id, amount=0)
    student.post("/api/enrollments", {"course_id": course.course_id})
    first, second = lesson_ids_of(course)
    assert put_progress(student, course, first, {"position_seconds": 42})["completed"] is False
    put_progress(student, course, second)
    progress = student.get(f"/api/enrollments/{course.course_id}/progress").json
    assert progress["positions"] == {first: 42}
    assert progress["completed_lesson_ids"] == [second]
    assert (progress["next_lesson_id"], progress["last_lesson_id"], progress["percent"]) == (first, second, 50)


def test_progress_excludes_deleted_lessons(student: Api, instructor: Api) -> None:
    course = put_published_course(instructor.user_id, amount=0)
    student.post("/api/enrollments", {"course_id": course.course_id})
    first, second = lesson_ids_of(course)
    put_progress(student, course, first)
    put_progress(student, course, first, {"completed": True})
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    [section_id] = outline.sections
    lessons = Path(["lessons", section_id])
    store.update(
        Outline,
        keys.outline(course.course_id),
        [lessons.set([second]), Outline.lesson_count.set(1), Outline.version.add(1)],
        Outline.pk.exists(),
    )
    progress = student.get(f"/api/enrollments/{course.course_id}").json["progress"]
    assert progress == {"completed_lessons": 0, "total_lessons": 1, "percent": 0}


def test_list_course_learners_is_visible_to_owner_and_admin_only(
    student: Api, instructor: Api, admin: Api, new_user: NewUser
) -> None:
    course = put_published_course(instructor.user_id, amount=0)
    student.post("/api/enrollments", {"course_id": course.course_id})
    put_progress(student, course, lesson_ids_of(course)[0])
    path = f"/api/courses/{course.course_id}/enrollments"
    items = instructor.get(path).json["items"]
    assert [(each["user_id"], each["status"], each["progress"]["percent"]) for each in items] == [
        (student.user_id, "active", 50)
    ]
    assert admin.get(path).json["items"] == items
    assert (new_user("instructor").get(path).code, student.get(path).status) == ("course_not_found", 403)


def test_enroll_repeated_with_idempotency_key_replays_the_response(student: Api, instructor: Api) -> None:
    course, other = (
        put_published_course(instructor.user_id, amount=0),
        put_published_course(instructor.user_id, amount=0),
    )
    headers = {"Idempotency-Key": "enrollment-1"}
    first = student.post("/api/enrollments", {"course_id": course.course_id}, headers=headers)
    again = student.post("/api/enrollments", {"course_id": course.course_id}, headers=headers)
    assert (first.status, again.status, first.text == again.text) == (201, 201, True)
    assert again.headers["Idempotency-Replayed"] == "true"
    reused = student.post("/api/enrollments", {"course_id": other.course_id}, headers=headers)
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")
    assert store.get(Enrollment, keys.enrollment(student.user_id, other.course_id)) is None


def test_admin_grant_and_revoke_change_access_and_are_audited(shop: Storefront, student: Api, admin: Api) -> None:
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "scholarship"}
    granted = admin.post("/api/enrollments/grant", body)
    assert (granted.status, granted.json["status"], granted.json["granted_by"]) == (201, "active", "admin")
    assert admin.post("/api/enrollments/grant", body).code == "enrollment_already_active"
    revoked = admin.post("/api/enrollments/revoke", {**body, "reason": "left the school"})
    assert (revoked.status, revoked.json["status"], revoked.json["reason"]) == (200, "cancelled", "revoked")
    assert admin.post("/api/enrollments/revoke", body).code == "no_access_to_revoke"
    entries = audit_entries()
    assert [(e.action, e.admin_id, e.reason, e.before["status"], e.after["status"]) for e in entries] == [
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
def test_admin_grant_with_unknown_user_or_course_returns_404(
    shop: Storefront, student: Api, admin: Api, changes: dict[str, Any], code: str
) -> None:
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "gift", **changes}
    reply = admin.post("/api/enrollments/grant", body)
    assert (reply.status, reply.code) == (404, code)


def test_admin_revoke_of_paid_access_refunds_the_payment(shop: Storefront, student: Api, admin: Api) -> None:
    order = shop.create_order(student)
    shop.pay(order["order_id"])
    shop.deliver()
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "fraud"}
    assert admin.post("/api/enrollments/revoke", body).status == 200
    assert shop.states(student, order["order_id"]) == ("refund_pending", "cancelled")
    shop.sweep()
    shop.clock.advance(minutes=16)
    shop.sweep()
    assert shop.states(student, order["order_id"]) == ("refunded", "cancelled")
    assert shop.enrollment(student).reason == "revoked"


def test_timeline_lists_enrollment_and_payment_events_in_order(
    shop: Storefront, student: Api, admin: Api, new_user: NewUser
) -> None:
    order = shop.create_order(student)
    shop.clock.advance(minutes=1)
    checkout = shop.pay(order["order_id"])
    shop.verify(student, checkout)
    shop.clock.advance(minutes=1)
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
