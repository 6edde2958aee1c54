"""An admin revokes access that a payment granted: one transaction ends it, starts the refund, and audits both."""

import pytest

from shared.db.entities import AuditEntry
from shared.db.payments import payments
from shared.db.table import store
from tests.fixtures import rows
from tests.fixtures.api import Api, Reply
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.protocol.stored_state import breaches, enrollment_history, ledger_totals, next_poll_at, payment_history

ROUNDS = 8


def revoke(admin: Api, learner: Api, course_id: str, reason: str = "support") -> Reply:
    body = {"user_id": learner.user_id, "course_id": course_id, "reason": reason}
    return admin.post("/api/enrollments/revoke", body)


def audit_entries() -> list[AuditEntry]:
    return [item for item in store.query_all("AUDIT#2026-11") if isinstance(item, AuditEntry)]


def test_revocation_of_captured_payment_is_one_transaction(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, dynamodb: MemoryDynamoDb
) -> None:
    dynamodb.calls.clear()
    reply = revoke(admin, student, shop.course.course_id)
    assert (reply.status, reply.json["status"], reply.json["reason"]) == (200, "cancelled", "revoked")
    operations = [call.split()[0] for call in dynamodb.calls]
    assert operations == ["BatchGetItem", "GetItem", "TransactWriteItems"]
    changes = {"status": "refund_pending", "reason": "requested"}
    assert payment_history(paid_order_id)[-1] == ("admin_revoked", "admin", changes)
    kind, source, ended = enrollment_history(student, shop.course.course_id)[-1]
    assert (kind, source, ended["status"], ended["reason"]) == ("admin_revoked", "admin", "cancelled", "revoked")
    assert payments.history(paid_order_id)[-1].note == "support"
    assert next_poll_at(shop.payment(paid_order_id)) == "23 12:00"


def test_revocation_is_audited_with_the_access_before_and_after(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    revoke(admin, student, shop.course.course_id, "Suspected fraud")
    [entry] = audit_entries()
    assert (entry.admin_id, entry.action, entry.reason) == (admin.user_id, "enrollment.revoke", "Suspected fraud")
    assert entry.subject == f"{student.user_id} {shop.course.course_id}"
    assert entry.before == {"status": "active", "granted_by": paid_order_id}
    assert entry.after == {"status": "cancelled", "granted_by": None}


def test_revocation_of_captured_payment_is_refunded_by_sweep(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    amount = shop.payment(paid_order_id).amount
    revoke(admin, student, shop.course.course_id)
    shop.sweep()
    shop.clock.advance(minutes=15)
    shop.gateway.tick()
    shop.sweep()
    assert (shop.payment(paid_order_id).status, shop.payment(paid_order_id).reason) == ("refunded", "requested")
    assert ledger_totals(shop, paid_order_id) == (amount, amount)
    assert shop.enrollment(student).reason == "revoked"
    assert breaches() == []


def test_revocation_of_authorized_payment_writes_it_without_changes(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.verify(student, shop.pay(order_id, "authorized"))
    version = shop.payment(order_id).version
    assert revoke(admin, student, shop.course.course_id).status == 200
    assert (shop.payment(order_id).status, shop.payment(order_id).version) == ("authorized", version + 1)
    assert payment_history(order_id)[-1] == ("admin_revoked", "admin", {})


def test_revocation_racing_capture_refunds_the_captured_payment(
    shop: Storefront, student: Api, admin: Api, dynamodb: MemoryDynamoDb
) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id, "authorized")
    shop.verify(student, checkout)
    shop.control("POST", f"payments/{checkout['razorpay_payment_id']}/capture")
    dynamodb.run_before("TransactWriteItems", lambda: shop.deliver("payment.captured"))
    assert revoke(admin, student, shop.course.course_id).status == 200
    assert (shop.payment(order_id).status, shop.enrollment(student).reason) == ("refund_pending", "revoked")


def test_revocation_racing_another_revocation_returns_no_access(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, dynamodb: MemoryDynamoDb
) -> None:
    dynamodb.run_before("TransactWriteItems", lambda: revoke(admin, student, shop.course.course_id))
    reply = revoke(admin, student, shop.course.course_id)
    assert (reply.status, reply.code) == (409, "no_access_to_revoke")
    assert len(audit_entries()) == 1
    assert shop.payment(paid_order_id).status == "refund_pending"


@pytest.mark.parametrize(("times", "status"), [(ROUNDS - 1, 200), (ROUNDS, 409)])
def test_revocation_under_contention_fails_after_eight_rounds(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    dynamodb: MemoryDynamoDb,
    times: int,
    status: int,
) -> None:
    dynamodb.run_before("TransactWriteItems", lambda: rows.update(shop.payment(paid_order_id)), times)
    reply = revoke(admin, student, shop.course.course_id)
    assert reply.status == status
    if status == 409:
        assert reply.code == "enrollment_busy"
        assert shop.states(student, paid_order_id) == ("captured", "active")


def test_revocation_of_access_by_an_admin_writes_no_payment(shop: Storefront, student: Api, admin: Api) -> None:
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "a gift"}
    assert admin.post("/api/enrollments/grant", body).status == 201
    assert revoke(admin, student, shop.course.course_id).status == 200
    assert (shop.enrollment(student).status, shop.enrollment(student).reason) == ("cancelled", "revoked")
    assert [entry.action for entry in audit_entries()] == ["enrollment.grant", "enrollment.revoke"]
