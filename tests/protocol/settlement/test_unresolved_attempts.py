"""Two payments on one order, of which the webhooks of one are lost: both are found, and one of them is refunded."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import pytest

from shared.db.payments.payment_attributes import unresolved_payments
from shared.gateways import razorpay
from shared.history_kinds import Source
from shared.settlement.evidence import Authorized, SignedCheckout
from shared.settlement.settle import settle
from tests.fixtures.api import Api
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.dispute_actions import report_dispute
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at, payment_history


@dataclass(frozen=True)
class TwoAttempts:
    """An order with two attempts: the first one is paid, and the second one is not finished yet."""

    order_id: str
    first: dict[str, str]
    second_id: str

    @property
    def first_id(self) -> str:
        return self.first["razorpay_payment_id"]


def open_two_attempts(shop: Storefront, student: Api, outcome: str = "captured") -> TwoAttempts:
    order_id = shop.create_order(student)["order_id"]
    second_id = shop.pay(order_id, "created")["razorpay_payment_id"]
    return TwoAttempts(order_id, shop.pay(order_id, outcome), second_id)


def succeed_late(shop: Storefront, attempts: TwoAttempts, *, capture: bool = True) -> dict[str, str]:
    """The second attempt succeeds beside the first one. Returns the fields of its checkout."""
    how = {"capture": capture, "even_if_paid": True}
    answer = shop.control("POST", f"payments/{attempts.second_id}/late_authorize", how)
    return {name: value for name, value in answer.items() if name.startswith("razorpay_")}


def deliver_captured(shop: Storefront, payment_id: str) -> None:
    """Delivers the webhook of that capture; every other webhook is lost."""
    events = shop.gateway.ledger.outbox.events.values()
    [event] = [each for each in events if each.type == "payment.captured" and f'"{payment_id}"' in each.body]
    assert shop.send(event).status == 200


def process_refunds(shop: Storefront) -> None:
    """Refunds become processed, and the sweep reads them."""
    for _ in range(2):
        shop.clock.advance(minutes=20)
        shop.gateway.tick()
        shop.sweep()


def test_f75_capture_beside_verified_payment_notes_it_and_poll_refunds_the_duplicate(
    shop: Storefront, student: Api
) -> None:
    """Story 4: two captures on one order, and the webhook of only one arrives."""
    attempts = open_two_attempts(shop, student)
    assert shop.verify(student, attempts.first).status == 200
    succeed_late(shop, attempts)
    deliver_captured(shop, attempts.second_id)
    payment = shop.payment(attempts.order_id)
    assert (payment.status, payment.payment_id) == ("captured", attempts.second_id)
    assert unresolved_payments(payment) == {attempts.first_id: shop.clock.now()}
    assert next_poll_at(payment) == "23 12:15"
    process_refunds(shop)
    payment = shop.payment(attempts.order_id)
    assert ledger_totals(shop, attempts.order_id) == (2 * PRICE, PRICE)
    assert list(payment.surplus.as_dict()) == [attempts.first_id]
    assert (unresolved_payments(payment), next_poll_at(payment)) == ({}, None)
    assert shop.states(student, attempts.order_id) == ("captured", "active")
    assert shop.control("GET", "statement")["refunded"] == PRICE


class TestStoryFour:
    """Two captures on one order, and the webhook of only one arrives."""

    def test_capture_refunded_in_dashboard_returns_the_verified_payment_too(
        self, shop: Storefront, student: Api
    ) -> None:
        """The learner gets both amounts back: nothing is paid for a course that is not given."""
        attempts = open_two_attempts(shop, student)
        shop.verify(student, attempts.first)
        succeed_late(shop, attempts)
        deliver_captured(shop, attempts.second_id)
        made = shop.control("POST", f"payments/{attempts.second_id}/refund")
        shop.control("POST", f"refunds/{made['id']}/process")
        shop.deliver("refund.processed")
        assert shop.states(student, attempts.order_id) == ("refunded", "cancelled")
        process_refunds(shop)
        assert ledger_totals(shop, attempts.order_id) == (2 * PRICE, 2 * PRICE)
        assert breaches(timedelta(0)) == []

    def test_verify_of_second_payment_on_captured_order_is_noted_and_poll_refunds_it(
        self, shop: Storefront, student: Api
    ) -> None:
        attempts = open_two_attempts(shop, student)
        deliver_captured(shop, attempts.first_id)
        checkout = succeed_late(shop, attempts)
        answer = shop.verify(student, checkout)
        assert (answer.status, answer.json["payment"]["status"], answer.json["enrollment"]["status"]) == (
            200,
            "captured",
            "active",
        )
        assert answer.json["payment"]["payment_id"] == attempts.first_id
        assert unresolved_payments(shop.payment(attempts.order_id)) == {attempts.second_id: shop.clock.now()}
        assert payment_history(attempts.order_id)[-1][:2] == ("SignedCheckout", "checkout")
        process_refunds(shop)
        assert ledger_totals(shop, attempts.order_id) == (2 * PRICE, PRICE)
        assert unresolved_payments(shop.payment(attempts.order_id)) == {}
        assert shop.states(student, attempts.order_id) == ("captured", "active")

    def test_verify_of_second_payment_twice_writes_once(self, shop: Storefront, student: Api) -> None:
        attempts = open_two_attempts(shop, student)
        deliver_captured(shop, attempts.first_id)
        checkout = succeed_late(shop, attempts)
        first = shop.verify(student, checkout)
        version = shop.payment(attempts.order_id).version
        again = shop.verify(student, checkout)
        assert (again.status, again.text) == (first.status, first.text)
        assert shop.payment(attempts.order_id).version == version

    def test_verify_of_second_payment_with_wrong_signature_notes_nothing(self, shop: Storefront, student: Api) -> None:
        attempts = open_two_attempts(shop, student)
        deliver_captured(shop, attempts.first_id)
        forged = {**succeed_late(shop, attempts), "razorpay_signature": "0" * 64}
        assert (shop.verify(student, forged).status, shop.verify(student, forged).code) == (400, "signature_invalid")
        assert unresolved_payments(shop.payment(attempts.order_id)) == {}


class TestAuthorizedBesideCaptured:
    @pytest.fixture
    def attempts(self, shop: Storefront, student: Api) -> TwoAttempts:
        """A captured order, and an authorization on it that Razorpay reports by webhook."""
        attempts = open_two_attempts(shop, student)
        deliver_captured(shop, attempts.first_id)
        succeed_late(shop, attempts, capture=False)
        shop.deliver("payment.authorized")
        assert list(unresolved_payments(shop.payment(attempts.order_id))) == [attempts.second_id]
        return attempts

    def test_poll_keeps_it_and_polls_less_and_less_often(self, shop: Storefront, attempts: TwoAttempts) -> None:
        version, polls = shop.payment(attempts.order_id).version, []
        for _ in range(2 * 24 * 12):
            shop.clock.advance(minutes=5)
            if "no_change" in shop.sweep():
                polls.append(shop.clock.now())
        assert shop.payment(attempts.order_id).version == version, "a poll without news adds no history"
        pauses = [(later - earlier) // timedelta(minutes=1) for earlier, later in pairwise(polls)]
        assert (len(polls), pauses[:4], max(pauses)) == (23, [5, 5, 10, 10], 570)

    def test_poll_after_void_removes_it(self, shop: Storefront, student: Api, attempts: TwoAttempts) -> None:
        shop.clock.advance(days=6)
        shop.gateway.tick()
        shop.sweep()
        payment = shop.payment(attempts.order_id)
        assert (unresolved_payments(payment), next_poll_at(payment)) == ({}, None)
        assert shop.states(student, attempts.order_id) == ("captured", "active")

    def test_webhook_of_void_removes_it(self, shop: Storefront, attempts: TwoAttempts) -> None:
        shop.clock.advance(days=6)
        shop.gateway.tick()
        shop.deliver("refund.created", "refund.processed")
        payment = shop.payment(attempts.order_id)
        assert (unresolved_payments(payment), payment.returned_payment_ids) == ({}, [attempts.second_id])


class TestLaggingList:
    """Razorpay's list of an order's payments may not contain a payment yet that the browser has proved."""

    def test_poll_without_the_authorized_payment_fetches_it_and_keeps_access(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.verify(student, shop.pay(order_id, "authorized"))
        monkeypatch.setattr(razorpay, "fetch_payments_of", lambda _: [])
        shop.clock.advance(minutes=15)
        assert shop.sweep() == {"captured": 1}
        assert shop.states(student, order_id) == ("captured", "active")

    def test_poll_with_an_earlier_status_of_the_authorized_payment_keeps_access(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        stale = shop.gateway.ledger.payments[checkout["razorpay_payment_id"]].entity() | {"status": "created"}
        monkeypatch.setattr(razorpay, "fetch_payments_of", lambda _: [stale])
        monkeypatch.setattr(razorpay, "fetch_payment", lambda _: stale)
        shop.clock.advance(minutes=15)
        assert shop.sweep() == {"no_change": 1}
        assert shop.states(student, order_id) == ("authorized", "active")


class TestPollOfUnresolvedAttempt:
    """The poll in 15 minutes that other evidence must not postpone."""

    def test_dispute_does_not_postpone_it_to_the_next_day(self, shop: Storefront, student: Api) -> None:
        attempts = open_two_attempts(shop, student)
        deliver_captured(shop, attempts.first_id)
        succeed_late(shop, attempts, capture=False)
        shop.deliver("payment.authorized")
        assert next_poll_at(shop.payment(attempts.order_id)) == "23 12:15"
        shop.clock.advance(minutes=1)
        report_dispute(shop, attempts.first_id, "created")
        payment = shop.payment(attempts.order_id)
        assert (list(unresolved_payments(payment)), next_poll_at(payment)) == ([attempts.second_id], "23 12:15")

    def test_checkout_after_mismatched_authorization_is_polled_after_15_minutes_and_grants(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = str(shop.create_order(student)["order_id"])
        settle(order_id, Authorized("pay_BBBBBBBBBBBBBB", PRICE - 5_000, "INR"), Source.WEBHOOK)
        assert (shop.payment(order_id).reason, next_poll_at(shop.payment(order_id))) == ("mismatch", "24 12:00")
        shop.clock.advance(minutes=3)
        checkout = shop.pay(order_id)
        assert shop.verify(student, checkout).status == 200
        assert next_poll_at(shop.payment(order_id)) == "23 12:18"
        shop.clock.advance(minutes=15)
        shop.sweep()
        assert shop.states(student, order_id) == ("captured", "active")

    def test_signed_attempt_that_razorpay_never_lists_is_logged_and_counted_after_six_days(
        self, shop: Storefront, student: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        attempts = open_two_attempts(shop, student)
        deliver_captured(shop, attempts.first_id)
        settle(attempts.order_id, SignedCheckout("pay_BBBBBBBBBBBBBB"), Source.CHECKOUT)
        emitted_metrics(capsys)
        shop.clock.advance(days=6)
        with captured_logs() as logs:
            shop.sweep()
        assert unresolved_payments(shop.payment(attempts.order_id)) == {}
        assert emitted_metrics(capsys)["settlement", "attempts_unlisted"] == 1
        [line] = entries_with_code(logs, "attempt_unlisted")
        assert (line["order_id"], line["payment_id"]) == (attempts.order_id, "pay_BBBBBBBBBBBBBB")
