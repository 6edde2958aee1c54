"""An admin grants access to a learner, and revokes it: answers, stored state, audit, and the errors."""

import pytest

from shared.db.entities import Enrollment, Outline
from shared.db.table import keys, store
from tests.fixtures.api import Api, Reply
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.stored_state import breaches, enrollment_history


def grant(admin: Api, user_id: str, course_id: str) -> Reply:
    return admin.post("/api/enrollments/grant", {"user_id": user_id, "course_id": course_id, "reason": "a gift"})


def revoke(admin: Api, learner: Api, course_id: str) -> Reply:
    body = {"user_id": learner.user_id, "course_id": course_id, "reason": "a mistake"}
    return admin.post("/api/enrollments/revoke", body)


def complete_first_lesson(shop: Storefront, learner: Api) -> None:
    outline = store.get(Outline, keys.outline(shop.course.course_id))
    assert outline
    path = f"/api/enrollments/{shop.course.course_id}/lessons/{outline.lesson_ids()[0]}"
    assert learner.put(path, {"completed": True}).status == 200


def progress_of(reply: Reply) -> tuple[int, int]:
    """(completed lessons, all lessons)."""
    progress = reply.json["progress"]
    return progress["completed_lessons"], progress["total_lessons"]


def test_grant_opens_the_course_now_and_is_audited(shop: Storefront, student: Api, admin: Api) -> None:
    course_id = shop.course.course_id
    reply = grant(admin, student.user_id, course_id)
    assert (reply.status, reply.json["status"], reply.json["granted_by"]) == (201, "active", "admin")
    assert (reply.json["course"]["title"], progress_of(reply)) == ("Ragas for beginners", (0, 2))
    assert reply.json == student.get(f"/api/enrollments/{course_id}").json
    enrollment = shop.enrollment(student)
    assert (enrollment.activated_at, enrollment.created_at) == (shop.clock.now(), shop.clock.now())
    [(kind, source, _)] = enrollment_history(student, course_id)
    assert (kind, source) == ("admin_granted", "admin")
    [entry] = audit_entries()
    assert (entry.admin_id, entry.action, entry.reason) == (admin.user_id, "enrollment.grant", "a gift")
    assert (entry.subject, entry.before, entry.after) == (
        f"{student.user_id} {course_id}",
        {"status": None, "granted_by": None},
        {"status": "active", "granted_by": "admin"},
    )
    assert breaches() == []


def test_revoke_and_grant_again_keep_the_progress(shop: Storefront, student: Api, admin: Api) -> None:
    course_id = shop.course.course_id
    grant(admin, student.user_id, course_id)
    complete_first_lesson(shop, student)
    shop.clock.advance(minutes=1)
    revoked = revoke(admin, student, course_id)
    assert (revoked.status, revoked.json["status"], revoked.json["reason"]) == (200, "cancelled", "revoked")
    assert (revoked.json["course"]["title"], progress_of(revoked)) == ("Ragas for beginners", (1, 2))
    assert revoked.json == student.get(f"/api/enrollments/{course_id}").json
    assert (shop.enrollment(student).cancelled_at, shop.enrollment(student).granted_by) == (shop.clock.now(), None)
    shop.clock.advance(minutes=1)
    granted = grant(admin, student.user_id, course_id)
    assert (granted.status, granted.json["status"], progress_of(granted)) == (201, "active", (1, 2))
    assert granted.json == student.get(f"/api/enrollments/{course_id}").json
    assert shop.enrollment(student).activated_at == shop.clock.now()
    assert [entry.action for entry in sorted(audit_entries(), key=lambda entry: entry.at)] == [
        "enrollment.grant",
        "enrollment.revoke",
        "enrollment.grant",
    ]


@pytest.mark.parametrize("role", ["nobody", "instructor", "admin"])
def test_grant_to_a_user_who_is_no_student_returns_404_and_writes_nothing(
    shop: Storefront, admin: Api, instructor: Api, role: str
) -> None:
    user_id = {"nobody": "usr_01J00000000000000000000009", "instructor": instructor.user_id, "admin": admin.user_id}
    before = snapshot()
    reply = grant(admin, user_id[role], shop.course.course_id)
    assert (reply.status, reply.code, reply.json["detail"]) == (404, "user_not_found", "there is no such student")
    assert snapshot() == before


def test_grant_of_an_unknown_course_returns_404_and_writes_nothing(shop: Storefront, student: Api, admin: Api) -> None:
    before = snapshot()
    reply = grant(admin, student.user_id, "crs_01J00000000000000000000009")
    assert (reply.status, reply.code, reply.json["detail"]) == (404, "course_not_found", "there is no such course")
    assert snapshot() == before


def test_grant_to_a_learner_with_access_returns_409_and_writes_nothing(
    shop: Storefront, student: Api, admin: Api
) -> None:
    grant(admin, student.user_id, shop.course.course_id)
    before = snapshot()
    reply = grant(admin, student.user_id, shop.course.course_id)
    assert (reply.status, reply.code) == (409, "enrollment_already_active")
    assert snapshot() == before


def test_revoke_without_access_returns_an_error_and_writes_nothing(shop: Storefront, student: Api, admin: Api) -> None:
    before = snapshot()
    reply = revoke(admin, student, shop.course.course_id)
    assert (reply.status, reply.code) == (404, "enrollment_not_found")
    assert snapshot() == before
    shop.create_order(student)
    before = snapshot()
    reply = revoke(admin, student, shop.course.course_id)
    assert (reply.status, reply.code) == (409, "no_access_to_revoke")
    assert snapshot() == before


def test_revoke_of_access_whose_payment_is_gone_meanwhile_revokes_it_without_a_refund(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, dynamodb: MemoryDynamoDb
) -> None:
    """A restore of an older table may lack the payment: the second attempt finds none."""
    dynamodb.run_before("TransactWriteItems", lambda: store.delete(keys.payment(paid_order_id)))
    reply = revoke(admin, student, shop.course.course_id)
    assert (reply.status, reply.json["status"]) == (200, "cancelled")
    stored = store.get(Enrollment, keys.enrollment(student.user_id, shop.course.course_id))
    assert stored
    assert (stored.status, stored.reason, stored.granted_by) == ("cancelled", "revoked", None)
    assert [entry.action for entry in audit_entries()] == ["enrollment.revoke"]
