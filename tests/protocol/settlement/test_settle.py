"""Every source reads, decides, and writes under the condition of what was read; the later one repeats it."""

from typing import Any

import pytest

from shared.db.entities import AuditEntry, User
from shared.db.payments import webhook_inbox
from shared.db.payments.documents import receipts
from shared.db.table import keys, store
from shared.gateways import razorpay
from shared.history_kinds import EvidenceKind, Source
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Captured, NoPaymentFound
from shared.settlement.settle import settle
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.reconciliation.actions import reconcile_later
from tests.protocol.stored_state import breaches, enrollment_history, inbox_row, next_poll_at, payment_history

ROUNDS = 8


def outbox_events(shop: Storefront, kind: str) -> list[Any]:
    return [each for each in shop.gateway.ledger.outbox.events.values() if each.type == kind]


def evidence_and_source(order_id: str) -> list[tuple[str, str]]:
    return [(why, source) for why, source, _ in payment_history(order_id)]


def test_settle_unknown_order_returns_none_after_one_read(shop: Storefront, dynamodb: MemoryDynamoDb) -> None:
    dynamodb.calls.clear()
    assert settle("order_AAAAAAAAAAAAAA", NoPaymentFound(), Source.SWEEP) is None
    assert dynamodb.calls == ["GetItem PAYMENT#order_AAAAAAAAAAAAAA"]


def test_verify_racing_capture_webhook_returns_captured(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    dynamodb.run_before("TransactWriteItems", lambda: shop.deliver("payment.captured"))

    answer = shop.verify(student, checkout)

    assert (answer.status, answer.json["payment"]["status"]) == (200, "captured")
    assert answer.json["enrollment"]["status"] == "active"
    assert evidence_and_source(order_id) == [("Captured", "webhook")]
    assert len(enrollment_history(student, shop.course.course_id)) == 2


def test_webhook_racing_verify_records_checkout_then_capture(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    dynamodb.run_before("TransactWriteItems", lambda: shop.verify(student, checkout))

    [reply] = shop.deliver("payment.captured")

    assert (reply.status, reply.json) == (200, {"outcome": "captured"})
    assert evidence_and_source(order_id) == [("SignedCheckout", "checkout"), ("Captured", "webhook")]
    assert shop.states(student, order_id) == ("captured", "active")


def test_webhook_same_delivery_twice_at_once_takes_effect_once(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    [event] = outbox_events(shop, "payment.captured")
    dynamodb.run_before("TransactWriteItems", lambda: shop.send(event))

    reply = shop.send(event)

    assert (reply.status, reply.json) == (200, {"outcome": "no_change"})
    assert evidence_and_source(order_id) == [("Captured", "webhook")]


def test_settle_racing_equal_delivery_returns_no_change_and_enrollment(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    order_id = shop.create_order(student)["order_id"]
    captured = Captured(shop.pay(order_id)["razorpay_payment_id"], PRICE, "INR")
    row = webhook_inbox.new_entry("evt_1", "payment.captured", order_id, EvidenceKind.CAPTURED, shop.clock.now())
    dynamodb.run_before("TransactWriteItems", lambda: settle(order_id, captured, Source.WEBHOOK, inbox=row))
    found = settle(order_id, captured, Source.WEBHOOK, inbox=row)
    assert found
    assert found.learning
    assert (found.verdict, found.payment.order_id) == (Verdict.NO_CHANGE, order_id)
    assert found.learning.enrollment.user_id == student.user_id


def test_webhook_event_already_in_inbox_writes_nothing(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    """An earlier delivery stored the event without an effect: the payment had another status then."""
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    [event] = outbox_events(shop, "payment.captured")
    shop.send(event)
    rows.update(shop.payment(order_id), status="pending")
    version = shop.payment(order_id).version
    assert shop.send(event).json == {"outcome": "no_change"}
    assert shop.payment(order_id).version == version


@pytest.mark.parametrize(("times", "status"), [(ROUNDS - 1, 200), (ROUNDS, 503)])
def test_settle_under_contention_fails_after_eight_rounds(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb, times: int, status: int
) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    dynamodb.run_before("TransactWriteItems", lambda: rows.update(shop.payment(order_id)), times)
    answer = shop.verify(student, checkout)
    assert answer.status == status
    if status == 503:
        assert (answer.code, answer.headers["Retry-After"]) == ("payment_busy", "2")
        assert shop.states(student, order_id) == ("pending", "pending")
        assert shop.verify(student, checkout).status == 200
    assert shop.states(student, order_id) == ("authorized", "active")


def test_settle_withdrawal_during_capture_decides_again_and_refunds(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    """The learner withdraws at the very moment of the capture: it is refunded, and grants no access."""
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    path = f"/api/enrollments/{shop.course.course_id}"
    dynamodb.run_before("TransactWriteItems", lambda: student.delete(path))

    [reply] = shop.deliver("payment.captured")

    assert reply.json == {"outcome": "refund_due"}
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    assert shop.payment(order_id).reason == "not_wanted"


def test_webhook_known_evidence_writes_only_inbox_row(shop: Storefront, student: Api, dynamodb: MemoryDynamoDb) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver("payment.captured")
    [event] = outbox_events(shop, "payment.authorized")
    dynamodb.calls.clear()
    assert shop.send(event).json == {"outcome": "no_change"}
    assert dynamodb.calls[-1] == f"TransactWriteItems Put WEBHOOK#{event.id} EVENT"
    row = inbox_row(event.id)
    assert row
    assert (row.event, row.order_id, row.outcome) == ("payment.authorized", order_id, "Authorized")


def test_webhook_capture_writes_receipt(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    shop.verify(student, checkout)
    assert receipts.get(order_id) is None
    shop.clock.advance(minutes=1)
    shop.deliver()
    receipt = receipts.get(order_id)
    assert receipt
    assert (receipt.amount, receipt.currency, receipt.number) == (PRICE, "INR", None)
    assert (receipt.payment_id, receipt.user_id) == (checkout["razorpay_payment_id"], student.user_id)
    assert (receipt.course_id, receipt.course_title) == (shop.course.course_id, "Ragas for beginners")
    assert receipt.learner_name == shop.enrollment(student).user_name != ""
    assert receipt.captured_at == shop.clock.now() == shop.payment(order_id).captured_at


def test_receipt_of_deleted_course_has_course_id_as_title(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    store.delete(keys.course(shop.course.course_id))
    shop.deliver("payment.captured")
    receipt = receipts.get(order_id)
    assert receipt
    assert receipt.course_title == shop.course.course_id


def test_capture_refunded_immediately_has_no_receipt(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    student.delete(f"/api/enrollments/{shop.course.course_id}")
    shop.pay(order_id)
    shop.deliver("payment.captured")
    assert shop.payment(order_id).status == "refund_pending"
    assert receipts.get(order_id) is None


def test_capture_of_adopted_order_creates_active_enrollment(shop: Storefront, student: Api) -> None:
    """An order whose response was lost: only the notes at Razorpay name its payer."""
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(order_id)

    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["granted"]

    made, now = shop.enrollment(student), shop.clock.now()
    assert (made.user_id, made.course_id, made.user_name) == (student.user_id, shop.course.course_id, "")
    assert (made.instructor_id, made.version) == (shop.course.instructor_id, 1)
    assert (made.status, made.granted_by) == ("active", order_id)
    assert (made.created_at, made.activated_at) == (now, now)
    assert made.gsi1pk == f"COURSE#{shop.course.course_id}"
    assert [step[:2] for step in enrollment_history(student, shop.course.course_id)] == [("Captured", "webhook")]


def adopted_order(shop: Storefront, student: Api) -> str:
    """A paid order whose response and whose messages were lost."""
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order_id: str = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(order_id)
    return order_id


def test_poll_of_adopted_order_creates_enrollment_and_receipt_with_the_name_of_the_learner(
    shop: Storefront, student: Api
) -> None:
    order_id = adopted_order(shop, student)
    reconcile_later(shop)
    receipt, name = receipts.get(order_id), student.get("/api/auth/me").json["name"]
    assert (shop.states(student, order_id), shop.enrollment(student).user_name) == (("captured", "active"), name)
    assert receipt
    assert (receipt.learner_name, bool(name)) == (name, True)


@pytest.mark.parametrize("numbered_by", ["sweep", "reader"])
def test_receipt_number_of_order_adopted_by_the_webhook_names_the_learner_on_the_enrollment(
    shop: Storefront, student: Api, numbered_by: str
) -> None:
    """The function of the webhook may read no profiles. The name is neither a version nor a step of the history."""
    order_id = adopted_order(shop, student)
    shop.deliver("payment.captured")
    made, name = shop.enrollment(student), student.get("/api/auth/me").json["name"]
    assert (made.user_name, made.version) == ("", 1)
    if numbered_by == "sweep":
        shop.sweep()
    else:
        assert student.get(f"/api/payments/{order_id}/receipt").status == 200
    named, receipt = shop.enrollment(student), receipts.get(order_id)
    assert (named.user_name, named.version) == (name, 1)
    assert receipt
    assert (receipt.learner_name, receipt.number) == (name, "L/26-27/000001")
    assert [step[:2] for step in enrollment_history(student, shop.course.course_id)] == [("Captured", "webhook")]
    assert breaches() == []


def test_receipt_number_keeps_the_name_that_an_enrollment_has(
    shop: Storefront, student: Api, paid_order_id: str
) -> None:
    tamper(shop.enrollment(student), user_name="Ravi K.")
    shop.sweep()
    receipt = receipts.get(paid_order_id)
    assert receipt
    assert (receipt.number, shop.enrollment(student).user_name) == ("L/26-27/000001", "Ravi K.")


def test_poll_of_adopted_order_of_unreadable_learner_creates_enrollment_without_name(
    shop: Storefront, student: Api
) -> None:
    order_id = adopted_order(shop, student)
    spoil(store.get(User, keys.user(student.user_id)), "created_at")
    with captured_logs() as lines:
        reconcile_later(shop)
    assert [line["user_id"] for line in entries_with_code(lines, "learner_unreadable")] == [student.user_id]
    assert (shop.payment(order_id).status, shop.enrollment(student).status) == ("captured", "active")
    assert shop.enrollment(student).user_name == ""


def test_settle_capture_of_deleted_learner_creates_enrollment_without_name(shop: Storefront, student: Api) -> None:
    order_id = str(shop.create_order(student)["order_id"])
    course_id = shop.course.course_id
    for key in (keys.enrollment(student.user_id, course_id), keys.enrollment_event(student.user_id, course_id, 1)):
        store.delete(key)
    store.delete(keys.user(student.user_id))
    settle(order_id, Captured("pay_AAAAAAAAAAAAAA", PRICE, "INR"), Source.RECONCILIATION)
    assert shop.payment(order_id).status == "captured"
    assert (shop.enrollment(student).status, shop.enrollment(student).user_name) == ("active", "")


def test_refund_request_by_admin_writes_audit_entry(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()

    answer = admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked for it"})

    assert (answer.status, answer.json["payment"]["status"]) == (200, "refund_pending")
    assert answer.json["enrollment"]["status"] == "cancelled"
    [entry] = [each for each in store.query_all("AUDIT#2026-11") if isinstance(each, AuditEntry)]
    assert (entry.admin_id, entry.action, entry.subject) == (admin.user_id, "payment.refund", order_id)
    assert entry.reason == "asked for it"
    assert entry.before == {"status": "captured"}
    assert entry.after == {"amount": None, "request": "all", "status": "refund_pending"}
    assert next_poll_at(shop.payment(order_id)) == "23 12:15"
