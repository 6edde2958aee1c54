"""The sweep learns of money that nobody told us of."""

import pytest

from tests.api import Api
from tests.protocol.memory import Memory
from tests.protocol.read_back import next_look, payment_steps
from tests.protocol.sweeping import report, swept
from tests.shop import PRICE, Shop


class TestAnOrderThatWasPaid:
    def test_captured_money_opens_the_course(self, shop: Shop, student: Api, asked: list[str]) -> None:
        order_id = shop.order(student)["order_id"]
        paid = shop.pay(order_id)["razorpay_payment_id"]
        asked.clear()
        shop.time.pass_time(minutes=5)
        assert swept() == report(processed=1, verdicts={"granted": 1})
        assert shop.states(student, order_id) == ("captured", "active")
        assert asked == [f"GET /v1/orders/{order_id}/payments", f"GET /v1/payments/{paid}/refunds?count=100&skip=0"]
        assert [step[:2] for step in payment_steps(order_id)] == [("Captured", "sweep")]
        assert swept() == report(processed=1, receipts=1)

    def test_an_attempt_that_failed_before_does_not_matter(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id, "failed")
        paid = shop.pay(order_id)["razorpay_payment_id"]
        shop.time.pass_time(minutes=5)
        assert swept() == report(processed=1, verdicts={"granted": 1})
        assert shop.payment(order_id).payment_id == paid

    @pytest.mark.parametrize("refunded", ["first", "second"])
    def test_of_two_captures_the_one_that_was_not_refunded_counts(
        self, shop: Shop, student: Api, refunded: str
    ) -> None:
        """Razorpay takes one payment for an order, and says so; should it not, the other is kept beside."""
        order_id = shop.order(student)["order_id"]
        second = shop.pay(order_id, "created")["razorpay_payment_id"]
        first = shop.pay(order_id)["razorpay_payment_id"]
        shop.control("POST", f"payments/{second}/late_authorize", {"capture": True, "even_if_paid": True})
        gone, stays = (first, second) if refunded == "first" else (second, first)
        shop.control("POST", f"payments/{gone}/refund")
        shop.time.pass_time(minutes=5)
        assert swept()["processed"] == 1
        payment = shop.payment(order_id)
        assert (payment.status, payment.payment_id, list(payment.surplus.as_dict())) == ("captured", stays, [gone])

    def test_refunds_nobody_told_us_of_come_with_it(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        paid = shop.pay(order_id)["razorpay_payment_id"]
        made = shop.control("POST", f"payments/{paid}/refund", {"amount": 10_000})
        shop.control("POST", f"refunds/{made['id']}/process")
        shop.time.pass_time(minutes=5)
        assert swept() == report(processed=1, verdicts={"recorded": 1})
        assert [step[:2] for step in payment_steps(order_id)] == [("Captured", "sweep"), ("Refunded", "sweep")]
        assert shop.payment(order_id).refunded_amount == 10_000
        assert shop.states(student, order_id) == ("captured", "active")

    def test_authorised_money_is_captured_on_the_way(self, shop: Shop, student: Api, asked: list[str]) -> None:
        order_id = shop.order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        asked.clear()
        shop.time.pass_time(minutes=15)
        assert swept() == report(processed=1, verdicts={"captured": 1})
        paid = checkout["razorpay_payment_id"]
        body = f'{{"currency": "INR", "amount": {PRICE}}}'
        assert asked == [f"GET /v1/orders/{order_id}/payments", f"POST /v1/payments/{paid}/capture {body}"]
        assert shop.control("GET", "books")["captured"] == PRICE
        [_, captured] = payment_steps(order_id)
        assert captured[:2] == ("Captured", "sweep")
        assert (captured[2]["payment_id"], captured[2]["captured_amount"]) == (paid, PRICE)

    def test_money_of_another_amount_is_not_captured_and_kept_aside(
        self, shop: Shop, student: Api, asked: list[str]
    ) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id, "authorized", amount=PRICE - 1)
        asked.clear()
        shop.time.pass_time(minutes=5)
        assert swept() == report(processed=1, verdicts={"on_hold": 1})
        assert asked == [f"GET /v1/orders/{order_id}/payments"]
        assert shop.states(student, order_id) == ("pending", "pending")
        assert (shop.payment(order_id).reason, next_look(shop.payment(order_id))) == ("mismatch", "24 12:05")

    def test_money_that_went_back_uncaptured_takes_the_access_along(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        shop.time.pass_time(days=6)
        shop.gateway.tick()
        assert swept() == report(processed=1, verdicts={"revoked": 1}, oldest_due_seconds=6 * 86_400 - 900)
        assert shop.states(student, order_id) == ("failed", "cancelled")
        payment = shop.payment(order_id)
        assert (payment.reason, payment.returned_payment_ids) == ("not_captured", [checkout["razorpay_payment_id"]])

    def test_an_authorisation_the_gateway_knows_nothing_of_is_believed_no_longer(
        self, shop: Shop, student: Api
    ) -> None:
        """The attempt is there no more as authorised money: it failed after all."""
        order_id = shop.order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        shop.gateway.ledger.payments[checkout["razorpay_payment_id"]].status = "failed"
        shop.time.pass_time(minutes=15)
        assert swept() == report(processed=1, verdicts={"revoked": 1})
        assert [step[:2] for step in payment_steps(order_id)][-1] == ("NotCaptured", "sweep")
        assert shop.payment(order_id).returned_payment_ids == [checkout["razorpay_payment_id"]]

    def test_money_that_went_back_unseen_is_remembered_and_the_order_stays_open(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        gone = shop.pay(order_id, "authorized")["razorpay_payment_id"]
        shop.time.pass_time(days=6)
        shop.gateway.tick()
        assert swept() == report(processed=1, verdicts={"expired": 1}, oldest_due_seconds=6 * 86_400 - 300)
        assert [step[0] for step in payment_steps(order_id)] == ["NotCaptured", "NothingPaid"]
        assert shop.payment(order_id).returned_payment_ids == [gone]

    def test_what_a_webhook_told_meanwhile_is_nothing_new(self, shop: Shop, student: Api, memory: Memory) -> None:
        shop.pay(shop.order(student)["order_id"])
        shop.time.pass_time(minutes=5)
        memory.before("GetItem", lambda: shop.deliver("payment.captured"))
        assert swept() == report(processed=1, verdicts={"no_change": 1})
