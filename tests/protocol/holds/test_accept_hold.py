"""An admin accepts money on hold: it pays for the order, the course opens, and the receipt shows what was paid."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.payments import presenters
from shared.db.table import keys
from shared.domain.captures import AmountRule
from tests.fixtures.api import Api
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.corruption import delete_item
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.holds.held_payment import PAID, HeldPayment
from tests.protocol.stored_state import breaches, enrollment_history, ledger_totals, next_poll_at, payment_history


class TestAccepted:
    def test_accept_held_payment_grants_the_course_for_what_was_paid(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment
    ) -> None:
        assert shop.states(student, held.order_id) == ("failed", "cancelled")
        answer = held.accept(admin)
        assert (answer.status, answer.json["enrollment"]["status"]) == (200, "active")
        payment = answer.json["payment"]
        assert (payment["status"], payment["reason"], payment["amount_rule"]) == ("captured", None, "accepted")
        assert (payment["amount"], payment["captured_amount"], payment["on_hold"]) == (PRICE, PAID, [])
        assert payment["payment_id"] == held.payment_id
        assert (shop.enrollment(student).granted_by, shop.enrollment(student).orders_on_hold) == (held.order_id, None)
        assert (ledger_totals(shop, held.order_id), breaches()) == ((PAID, 0), [])
        assert next_poll_at(shop.payment(held.order_id)) is None

    def test_accept_held_payment_writes_history_and_audit_entry(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment
    ) -> None:
        held.accept(admin)
        kind, source, changes = payment_history(held.order_id)[-1]
        assert (kind, source, changes["amount_rule"], changes["surplus"]) == ("hold_accepted", "admin", "accepted", {})
        kind, source, changes = enrollment_history(student, shop.course.course_id)[-1]
        assert (kind, source, changes["status"], changes["orders_on_hold"]) == (
            "hold_accepted",
            "admin",
            "active",
            None,
        )
        [entry] = audit_entries()
        assert (entry.admin_id, entry.action, entry.subject, entry.reason) == (
            admin.user_id,
            "payment.accept",
            held.order_id,
            "our Diwali offer",
        )
        assert entry.before == {"status": "failed"}
        assert entry.after == {"status": "captured", "payment_id": held.payment_id}
        timeline = student.get(f"/api/enrollments/{shop.course.course_id}/timeline").json["items"]
        assert [each["subject"] for each in timeline if each["kind"] == "hold_accepted"] == ["enrollment", "payment"]

    def test_accept_held_payment_receipt_shows_what_was_paid(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment
    ) -> None:
        held.accept(admin)
        shop.sweep()
        receipt = student.get(f"/api/payments/{held.order_id}/receipt").json
        assert (receipt["amount"], receipt["net_amount"], receipt["payment_id"]) == (PAID, PAID, held.payment_id)

    def test_accept_held_payment_again_returns_the_same_state_and_writes_nothing(
        self, admin: Api, held: HeldPayment
    ) -> None:
        first = held.accept(admin)
        before = snapshot()
        again = held.accept(admin, reason="a second click")
        assert (again.status, again.text) == (200, first.text)
        assert (snapshot(), len(audit_entries())) == (before, 1)

    def test_accept_held_payment_twice_at_once_accepts_it_once(
        self, admin: Api, held: HeldPayment, dynamodb: MemoryDynamoDb
    ) -> None:
        dynamodb.run_before("TransactWriteItems", lambda: held.accept(admin))
        assert held.accept(admin).status == 200
        assert [kind for kind, *_ in payment_history(held.order_id)].count("hold_accepted") == 1
        assert len(audit_entries()) == 1

    def test_accept_held_payment_after_partial_refund_counts_the_refund(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment
    ) -> None:
        """The refund was made on Razorpay's page, and its webhooks are lost."""
        held.refund_on_gateway_page(10_000)
        answer = held.accept(admin)
        assert answer.status == 200
        payment = answer.json["payment"]
        assert (payment["captured_amount"], payment["refunded_amount"]) == (PAID, 10_000)
        assert [each["amount"] for each in payment["refunds"]] == [10_000]
        assert (shop.states(student, held.order_id), breaches()) == (("captured", "active"), [])
        assert ledger_totals(shop, held.order_id) == (PAID, 10_000)
        shop.sweep()
        receipt = student.get(f"/api/payments/{held.order_id}/receipt").json
        assert (receipt["amount"], receipt["net_amount"]) == (PAID, PAID - 10_000)

    def test_accepted_payment_is_refunded_in_full_like_any_other(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment
    ) -> None:
        held.accept(admin)
        assert refund(admin, held.order_id).status == 200
        shop.clock.advance(minutes=15)
        shop.gateway.tick()
        shop.sweep()
        assert shop.states(student, held.order_id) == ("refunded", "cancelled")
        assert (ledger_totals(shop, held.order_id), breaches()) == ((PAID, PAID), [])
        assert held.accept(admin).json["payment"]["status"] == "refunded", "a repetition changes nothing"

    def test_accept_held_payment_webhooks_and_polls_change_nothing_afterwards(
        self, shop: Storefront, admin: Api, held: HeldPayment
    ) -> None:
        held.accept(admin)
        steps = payment_history(held.order_id)
        shop.deliver(redeliver=True)
        shop.clock.advance(days=2)
        shop.sweep()
        assert payment_history(held.order_id) == steps

    def test_accept_held_payment_while_another_order_is_pending_grants_by_the_accepted_one(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        """The learner had a tab with the first order open, and opened a second one after its window."""
        first = shop.create_order(student)["order_id"]
        shop.clock.advance(minutes=31)
        second = shop.create_order(student)["order_id"]
        held = HeldPayment(shop, first, shop.pay(first, amount=PAID)["razorpay_payment_id"])
        shop.deliver()
        assert (shop.payment(second).status, shop.enrollment(student).order_id) == ("pending", second)
        assert shop.enrollment(student).orders_on_hold == [first]
        assert held.accept(admin).status == 200
        assert (shop.enrollment(student).status, shop.enrollment(student).granted_by) == ("active", first)
        shop.pay(second)
        shop.deliver()
        assert (shop.payment(second).status, shop.payment(second).reason) == ("refund_pending", "duplicate")
        assert breaches() == []

    def test_accept_held_payment_after_withdrawal_grants_the_course(
        self, shop: Storefront, student: Api, admin: Api, abandoned_order_id: str
    ) -> None:
        held = HeldPayment(shop, abandoned_order_id, shop.pay(abandoned_order_id, amount=PAID)["razorpay_payment_id"])
        shop.deliver()
        assert held.accept(admin).status == 200
        assert (shop.states(student, abandoned_order_id), breaches()) == (("captured", "active"), [])

    def test_accept_one_of_two_held_payments_refunds_the_other(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment
    ) -> None:
        """Razorpay took a second payment on the order."""
        shop.gateway.ledger.payments[held.payment_id].status = "refunded"
        shop.gateway.ledger.orders[held.order_id].status = "attempted"
        other = shop.pay(held.order_id, amount=PAID + 1)["razorpay_payment_id"]
        shop.gateway.ledger.payments[held.payment_id].status = "captured"
        shop.deliver()
        assert held.accept(admin).status == 200
        shop.sweep()
        [extra] = presenters.admin_payment(shop.payment(held.order_id)).extra_payments
        assert (extra.payment_id, extra.on_hold, [each.amount for each in extra.refunds]) == (other, False, [PAID + 1])
        assert held.shown(student) == [
            {
                "payment_id": other,
                "amount": PAID + 1,
                "refunded_amount": 0,
                "currency": "INR",
                "state": "refund_pending",
            }
        ]


class TestRejected:
    @pytest.fixture
    def other_payment_id(self, shop: Storefront, new_user: Callable[..., Api]) -> str:
        """The captured payment of another learner's order."""
        order_id = shop.create_order(new_user("student"))["order_id"]
        payment_id = shop.pay(order_id)["razorpay_payment_id"]
        shop.deliver()
        return payment_id

    @pytest.mark.parametrize("payment_id", ["pay_AAAAAAAAAAAAAA", None], ids=["unknown", "of another order"])
    def test_accept_unknown_payment_returns_not_on_hold(
        self, admin: Api, held: HeldPayment, other_payment_id: str, payment_id: str | None
    ) -> None:
        before = snapshot()
        answer = held.accept(admin, payment_id=payment_id or other_payment_id)
        assert (answer.status, answer.code) == (409, "not_on_hold")
        assert snapshot() == before

    def test_accept_captured_payment_returns_not_on_hold(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        held = HeldPayment(shop, paid_order_id, shop.payment(paid_order_id).payment_id or "")
        answer = held.accept(admin)
        assert (answer.status, answer.code) == (409, "not_on_hold")
        assert shop.payment(paid_order_id).amount_rule is None

    def test_accept_released_payment_returns_not_on_hold(self, admin: Api, held: HeldPayment) -> None:
        assert held.refund(admin).status == 200
        answer = held.accept(admin)
        assert (answer.status, answer.code) == (409, "not_on_hold")

    @pytest.mark.parametrize("processed", [True, False], ids=["refunded", "refund pending"])
    def test_accept_payment_with_nothing_left_returns_not_on_hold(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment, processed: bool
    ) -> None:
        """Refunded in full on Razorpay's page, and its webhooks are lost."""
        shop.control("POST", f"payments/{held.payment_id}/refund", {"amount": PAID})
        if processed:
            shop.clock.advance(minutes=1)
            shop.gateway.tick()
        answer = held.accept(admin)
        assert (answer.status, answer.code) == (409, "not_on_hold")
        assert shop.states(student, held.order_id) == ("failed", "cancelled")

    def test_accept_payment_while_learner_has_access_returns_learner_has_access(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment
    ) -> None:
        body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "meanwhile"}
        assert admin.post("/api/enrollments/grant", body).status == 201
        before = snapshot()
        answer = held.accept(admin)
        assert (answer.status, answer.code) == (409, "learner_has_access")
        assert snapshot() == before
        assert held.refund(admin).status == 200
        assert shop.enrollment(student).status == "active"

    def test_accept_payment_in_another_currency_returns_currency_differs(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        checkout = shop.pay(order_id, "created")
        held = HeldPayment(shop, order_id, checkout["razorpay_payment_id"])
        shop.gateway.ledger.payments[held.payment_id].currency = "USD"
        shop.control("POST", f"payments/{held.payment_id}/late_authorize", {"capture": True})
        shop.deliver()
        before = snapshot()
        answer = held.accept(admin)
        assert (answer.status, answer.code) == (409, "currency_differs")
        assert snapshot() == before

    @pytest.mark.parametrize("missing", ["course", "learner"])
    def test_accept_payment_without_course_or_learner_returns_order_orphaned(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment, missing: str
    ) -> None:
        delete_item(keys.course(shop.course.course_id) if missing == "course" else keys.user(student.user_id))
        before = snapshot()
        answer = held.accept(admin)
        assert (answer.status, answer.code) == (409, "order_orphaned")
        assert snapshot() == before

    def test_accept_payment_while_gateway_is_silent_returns_503_and_writes_nothing(
        self, shop: Storefront, admin: Api, held: HeldPayment
    ) -> None:
        """Only Razorpay knows whether the payment was refunded on its page."""
        before = snapshot()
        shop.control("POST", "faults", {"kind": "500", "times": 3})
        answer = held.accept(admin)
        assert (answer.status, answer.code) == (503, "gateway_unavailable")
        assert snapshot() == before

    @pytest.mark.parametrize(
        ("fields", "location"),
        [
            ({"payment_id": "pay_short"}, ["body", "payment_id"]),
            ({"payment_id": None}, ["body", "payment_id"]),
            ({"reason": ""}, ["body", "reason"]),
            ({"reason": None}, ["body", "reason"]),
            ({"amount": 1}, ["body", "amount"]),
        ],
    )
    def test_accept_with_invalid_body_returns_422(
        self, admin: Api, held: HeldPayment, fields: dict[str, Any], location: list[str]
    ) -> None:
        answer = held.accept(admin, **fields)
        assert (answer.status, answer.json["errors"][0]["loc"]) == (422, location)

    def test_accept_on_unknown_order_returns_404(self, shop: Storefront, admin: Api) -> None:
        answer = HeldPayment(shop, "order_AAAAAAAAAAAAAA", "pay_AAAAAAAAAAAAAA").accept(admin)
        assert (answer.status, answer.code) == (404, "order_not_found")

    def test_accept_by_learner_returns_403(self, student: Api, held: HeldPayment) -> None:
        assert held.accept(student).status == 403


def test_accepted_payment_revenue_is_what_was_paid(shop: Storefront, admin: Api, held: HeldPayment) -> None:
    held.accept(admin)
    assert shop.payment(held.order_id).captured_amount - shop.payment(held.order_id).refunded_amount == PAID
    assert shop.payment(held.order_id).amount_rule is AmountRule.ACCEPTED
