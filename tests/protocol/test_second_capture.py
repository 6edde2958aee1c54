"""What was captured on an order beside the payment that counts goes back, and nothing else does."""

from typing import Any

import pytest

from shared.db import keys, store
from tests.api import Api
from tests.protocol.memory import Memory
from tests.protocol.read_back import next_look, payment_steps
from tests.protocol.returns import asked_back, lose
from tests.shop import PRICE, Shop


class TestASecondCapture:
    """Razorpay takes one payment for an order; should it not, what came second goes back and touches nothing else."""

    @pytest.fixture
    def second(self, shop: Shop, student: Api) -> str:
        """The payment id of the second capture; the first is settled, and the course is open."""
        order_id = shop.order(student)["order_id"]
        payment_id: str = shop.pay(order_id, "created")["razorpay_payment_id"]
        shop.pay(order_id)
        shop.deliver()
        shop.sweep()
        shop.control("POST", f"payments/{payment_id}/late_authorize", {"capture": True, "even_if_paid": True})
        shop.deliver("payment.captured")
        return payment_id

    @pytest.fixture
    def order_id(self, shop: Shop, second: str) -> str:
        return shop.gateway.ledger.payments[second].order_id

    def test_goes_back_with_the_next_sweep_and_alone(
        self,
        shop: Shop,
        student: Api,
        second: str,
        order_id: str,
        asked: list[str],
        refund_keys: dict[str, Any],
    ) -> None:
        assert shop.sweep() == {"refund_captured": 1}
        first = shop.payment(order_id).payment_id
        assert asked == [asked_back(first)[0], *asked_back(second)]
        assert list(refund_keys) == [f"refund-{second}"]
        assert [step[0] for step in payment_steps(order_id)][-2:] == ["Captured", "Refunded"]
        payment = shop.payment(order_id)
        assert (payment.refunded_amount, next_look(payment)) == (0, "23 12:15")
        assert shop.states(student, order_id) == ("captured", "active")

    def test_is_waited_for_and_not_asked_for_twice(
        self, shop: Shop, second: str, order_id: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "hold"})
        for _ in range(3):
            assert shop.sweep() == {"refund_captured": 1}
            shop.time.pass_time(minutes=15)
        shop.control("PATCH", "settings", {"refunds": "process"})
        shop.gateway.tick()
        assert shop.sweep() == {"refund_captured": 1}
        assert list(refund_keys) == [f"refund-{second}"]
        [refund] = shop.payment(order_id).surplus.as_dict()[second]["refunds"].values()
        assert refund == {"amount": PRICE, "status": "processed"}
        assert next_look(shop.payment(order_id)) is None

    def test_is_asked_for_under_another_key_when_the_refund_failed(
        self, shop: Shop, second: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "fail"})
        for minutes in (15, 30):
            shop.sweep()
            shop.time.pass_time(minutes=minutes)
            shop.gateway.tick()
        assert list(refund_keys) == [f"refund-{second}", f"refund-{second}-1"]

    def test_goes_back_also_when_the_first_is_refunded(
        self, shop: Shop, second: str, order_id: str, asked: list[str], refund_keys: dict[str, Any]
    ) -> None:
        first = shop.payment(order_id).payment_id
        made = shop.control("POST", f"payments/{first}/refund", {"amount": PRICE})
        shop.control("POST", f"refunds/{made['id']}/process")
        shop.deliver("refund.processed")
        assert (shop.payment(order_id).status, next_look(shop.payment(order_id))) == ("refunded", "23 12:00")
        assert shop.sweep() == {"refund_refunded": 1}
        assert asked == asked_back(second), "the first is settled, and not asked about"
        assert list(refund_keys) == [f"refund-{second}"]

    def test_is_asked_for_to_the_last_paisa(self, shop: Shop, second: str, asked: list[str]) -> None:
        shop.control("POST", f"payments/{second}/refund", {"amount": PRICE - 1})
        assert shop.sweep() == {"deferred": 1}
        assert asked[-2:] == asked_back(second, 1)

    def test_that_was_charged_back_is_not_given_back(
        self, shop: Shop, second: str, order_id: str, refund_keys: dict[str, Any]
    ) -> None:
        lose(shop, second)
        assert next_look(shop.payment(order_id)) == "23 12:15"
        shop.time.pass_time(minutes=15)
        assert shop.sweep() == {"refund_captured": 1}
        assert (next_look(shop.payment(order_id)), list(refund_keys)) == (None, [])

    def test_of_a_row_that_is_gone_is_left_alone(self, shop: Shop, order_id: str, memory: Memory) -> None:
        memory.before("GetItem", lambda: store.delete(keys.payment(order_id)))
        assert shop.sweep() == {"refund_captured": 1}
        assert len(shop.gateway.ledger.refunds) == 0
