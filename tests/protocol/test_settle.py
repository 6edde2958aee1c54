"""Everybody reads, decides, and writes under the condition of what was read; whoever is later does it again."""

from typing import Any

import pytest

from functions.payments.decision import Verdict
from functions.payments.evidence import Captured, NoPaymentFound
from functions.payments.settle import settle
from shared.db import keys, receipts, store, webhook_events
from shared.db.entities import AuditEntry
from shared.history_kinds import EvidenceKind, Source
from tests import stored
from tests.api import Api
from tests.protocol.memory import Memory
from tests.protocol.read_back import enrollment_steps, inbox, next_look, payment_steps
from tests.shop import PRICE, Shop

ROUNDS = 8


def events(shop: Shop, kind: str) -> list[Any]:
    return [each for each in shop.gateway.ledger.outbox.events.values() if each.type == kind]


def evidence(order_id: str) -> list[tuple[str, str]]:
    return [(why, source) for why, source, _ in payment_steps(order_id)]


def test_an_order_that_is_not_stored_settles_nothing(shop: Shop, memory: Memory) -> None:
    memory.calls.clear()
    assert settle("order_AAAAAAAAAAAAAA", NoPaymentFound(), Source.SWEEP) is None
    assert memory.calls == ["GetItem PAYMENT#order_AAAAAAAAAAAAAA"]


def test_the_webhook_that_is_a_moment_faster_than_the_browser(shop: Shop, student: Api, memory: Memory) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    memory.before("TransactWriteItems", lambda: shop.deliver("payment.captured"))

    answer = shop.verify(student, checkout)

    assert (answer.status, answer.json["payment"]["status"]) == (200, "captured")
    assert answer.json["enrollment"]["status"] == "active"
    assert evidence(order_id) == [("Captured", "webhook")]
    assert len(enrollment_steps(student, shop.course.course_id)) == 2


def test_the_browser_that_is_a_moment_faster_than_the_webhook(shop: Shop, student: Api, memory: Memory) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    memory.before("TransactWriteItems", lambda: shop.verify(student, checkout))

    [reply] = shop.deliver("payment.captured")

    assert (reply.status, reply.json) == (200, {"outcome": "captured"})
    assert evidence(order_id) == [("SignedCheckout", "checkout"), ("Captured", "webhook")]
    assert shop.states(student, order_id) == ("captured", "active")


def test_the_same_delivery_twice_at_once_has_its_effect_once(shop: Shop, student: Api, memory: Memory) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    [event] = events(shop, "payment.captured")
    memory.before("TransactWriteItems", lambda: shop.send(event))

    reply = shop.send(event)

    assert (reply.status, reply.json) == (200, {"outcome": "no_change"})
    assert evidence(order_id) == [("Captured", "webhook")]


def test_the_second_of_two_equal_deliveries_hears_that_it_is_known(shop: Shop, student: Api, memory: Memory) -> None:
    order_id = shop.order(student)["order_id"]
    captured = Captured(shop.pay(order_id)["razorpay_payment_id"], PRICE, "INR")
    row = webhook_events.new_entry("evt_1", "payment.captured", order_id, EvidenceKind.CAPTURED, shop.time.now())
    memory.before("TransactWriteItems", lambda: settle(order_id, captured, Source.WEBHOOK, inbox=row))
    found = settle(order_id, captured, Source.WEBHOOK, inbox=row)
    assert found
    assert found.learning
    assert (found.verdict, found.payment.order_id) == (Verdict.NO_CHANGE, order_id)
    assert found.learning.enrollment.user_id == student.user_id


def test_a_delivery_whose_event_is_in_the_inbox_already_writes_nothing(
    shop: Shop, student: Api, memory: Memory
) -> None:
    """Kept by a delivery that had no use for it: the payment was in another state then."""
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    [event] = events(shop, "payment.captured")
    shop.send(event)
    stored.change(shop.payment(order_id), status="pending")
    version = shop.payment(order_id).version
    assert shop.send(event).json == {"outcome": "no_change"}
    assert shop.payment(order_id).version == version


@pytest.mark.parametrize(("times", "status"), [(ROUNDS - 1, 200), (ROUNDS, 503)])
def test_a_payment_that_keeps_changing_is_given_up_after_eight_rounds(
    shop: Shop, student: Api, memory: Memory, times: int, status: int
) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    memory.before("TransactWriteItems", lambda: stored.change(shop.payment(order_id)), times)
    answer = shop.verify(student, checkout)
    assert answer.status == status
    if status == 503:
        assert (answer.code, answer.headers["Retry-After"]) == ("payment_busy", "2")
        assert shop.states(student, order_id) == ("pending", "pending")
        assert shop.verify(student, checkout).status == 200
    assert shop.states(student, order_id) == ("authorized", "active")


def test_an_enrollment_that_changes_meanwhile_is_decided_about_again(shop: Shop, student: Api, memory: Memory) -> None:
    """The learner withdraws at the very moment the money comes: it goes back, and no course is opened."""
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    path = f"/api/enrollments/{shop.course.course_id}"
    memory.before("TransactWriteItems", lambda: student.delete(path))

    [reply] = shop.deliver("payment.captured")

    assert reply.json == {"outcome": "refund_due"}
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    assert shop.payment(order_id).reason == "not_wanted"


def test_what_is_known_already_is_acknowledged_in_the_inbox_alone(shop: Shop, student: Api, memory: Memory) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver("payment.captured")
    [event] = events(shop, "payment.authorized")
    memory.calls.clear()
    assert shop.send(event).json == {"outcome": "no_change"}
    assert memory.calls[-1] == f"TransactWriteItems Put WEBHOOK#{event.id} EVENT"
    row = inbox(event.id)
    assert row
    assert (row.event, row.order_id, row.outcome) == ("payment.authorized", order_id, "Authorized")


def test_the_capture_writes_the_receipt_with_it(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    shop.verify(student, checkout)
    assert receipts.get(order_id) is None
    shop.time.pass_time(minutes=1)
    shop.deliver()
    receipt = receipts.get(order_id)
    assert receipt
    assert (receipt.amount, receipt.currency, receipt.number) == (PRICE, "INR", None)
    assert (receipt.payment_id, receipt.user_id) == (checkout["razorpay_payment_id"], student.user_id)
    assert (receipt.course_id, receipt.course_title) == (shop.course.course_id, "Ragas for beginners")
    assert receipt.learner_name == shop.enrollment(student).user_name != ""
    assert receipt.captured_at == shop.time.now() == shop.payment(order_id).captured_at


def test_a_receipt_for_a_course_that_is_gone_names_it_by_its_id(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    store.delete(keys.course(shop.course.course_id))
    shop.deliver("payment.captured")
    receipt = receipts.get(order_id)
    assert receipt
    assert receipt.course_title == shop.course.course_id


def test_money_that_goes_back_at_once_has_no_receipt(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    student.delete(f"/api/enrollments/{shop.course.course_id}")
    shop.pay(order_id)
    shop.deliver("payment.captured")
    assert shop.payment(order_id).status == "refund_pending"
    assert receipts.get(order_id) is None


def test_money_for_an_order_nobody_enrolled_for_makes_the_enrollment(shop: Shop, student: Api) -> None:
    """An order whose answer was lost: only the notes at the gateway know whose it is."""
    from shared.gateways import razorpay

    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(order_id)

    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["granted"]

    made, now = shop.enrollment(student), shop.time.now()
    assert (made.user_id, made.course_id, made.user_name) == (student.user_id, shop.course.course_id, "")
    assert (made.instructor_id, made.version) == (shop.course.instructor_id, 1)
    assert (made.status, made.granted_by) == ("active", order_id)
    assert (made.created_at, made.activated_at) == (now, now)
    assert made.gsi1pk == f"COURSE#{shop.course.course_id}"
    assert [step[:2] for step in enrollment_steps(student, shop.course.course_id)] == [("Captured", "webhook")]


def test_what_an_admin_does_is_audited_in_the_transaction_of_its_effect(shop: Shop, student: Api, admin: Api) -> None:
    order_id = shop.order(student)["order_id"]
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
    assert next_look(shop.payment(order_id)) == "23 12:15"
