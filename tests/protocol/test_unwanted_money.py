"""Money nobody wants goes back once, whatever answer is lost: the gateway's refunds are read first, and each has a key
that follows from the payment and how many refunds of it failed."""

from typing import Any

import pytest

from shared.db import keys, store
from tests.api import Api
from tests.protocol.memory import Memory
from tests.protocol.read_back import next_look, payment_steps
from tests.protocol.returns import asked_back
from tests.shop import PRICE, Shop


class TestMoneyNobodyWants:
    @pytest.fixture
    def unwanted(self, shop: Shop, student: Api) -> str:
        """The order id of money that came after the learner had left."""
        order_id: str = shop.order(student)["order_id"]
        shop.leave(student)
        shop.pay(order_id)
        shop.deliver("payment.captured")
        return order_id

    def test_goes_back_with_the_next_sweep(
        self, shop: Shop, unwanted: str, asked: list[str], refund_keys: dict[str, Any]
    ) -> None:
        payment = shop.payment(unwanted)
        assert (payment.status, payment.reason, next_look(payment)) == ("refund_pending", "not_wanted", "23 12:00")
        assert shop.sweep() == {"recorded": 1}
        assert asked == asked_back(payment.payment_id)
        assert list(refund_keys) == [f"refund-{payment.payment_id}"]
        assert next_look(shop.payment(unwanted)) == "23 12:15"
        assert [step[:2] for step in payment_steps(unwanted)] == [("Captured", "webhook"), ("Refunded", "sweep")]

    def test_is_settled_when_the_gateway_has_done_it(self, shop: Shop, unwanted: str, asked: list[str]) -> None:
        shop.sweep()
        asked.clear()
        shop.time.pass_time(minutes=15)
        shop.gateway.tick()
        assert shop.sweep() == {"refund_refunded": 1}
        assert len(asked) == 1, "its refunds are read, and nothing more is asked for"
        payment = shop.payment(unwanted)
        assert (payment.status, payment.reason, payment.refunded_amount) == ("refunded", "not_wanted", PRICE)
        assert shop.control("GET", "books")["refunded"] == PRICE

    def test_is_waited_for_while_it_is_on_its_way(self, shop: Shop, unwanted: str, asked: list[str]) -> None:
        shop.control("PATCH", "settings", {"refunds": "hold"})
        shop.sweep()
        assert next_look(shop.payment(unwanted)) == "23 12:15"
        asked.clear()
        shop.time.pass_time(minutes=15)
        assert shop.sweep() == {"refund_refund_pending": 1}
        assert len(asked) == 1

    @pytest.mark.parametrize("kind", ["lose_answer", "drop"])
    def test_goes_back_once_though_an_answer_is_lost(
        self, shop: Shop, unwanted: str, kind: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("POST", "faults", {"kind": kind, "method": "POST"})
        assert shop.sweep() == {"deferred": 1}
        shop.time.pass_time(minutes=4)
        shop.sweep()
        assert len(refund_keys) == len(shop.gateway.ledger.refunds) == 1
        shop.time.pass_time(minutes=16)
        shop.sweep()
        assert shop.payment(unwanted).status == "refunded"
        assert shop.control("GET", "books")["refunded"] == PRICE

    def test_is_asked_for_under_another_key_when_the_refund_failed(
        self, shop: Shop, unwanted: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "fail"})
        for minutes in (15, 30, 60):
            shop.sweep()
            shop.time.pass_time(minutes=minutes)
            shop.gateway.tick()
        paid = shop.payment(unwanted).payment_id
        assert list(refund_keys) == [f"refund-{paid}", f"refund-{paid}-1", f"refund-{paid}-2"]
        assert [each["status"] for each in shop.payment(unwanted).refunds.as_dict().values()] == [
            "failed",
            "failed",
            "pending",
        ]

    def test_is_not_asked_for_when_the_gateways_dashboard_gave_it_back(
        self, shop: Shop, unwanted: str, refund_keys: dict[str, Any]
    ) -> None:
        made = shop.control("POST", f"payments/{shop.payment(unwanted).payment_id}/refund", {"amount": PRICE})
        shop.control("POST", f"refunds/{made['id']}/process")
        assert shop.sweep() == {"refund_refunded": 1}
        assert list(refund_keys) == []

    def test_is_asked_for_in_the_part_that_is_left(self, shop: Shop, unwanted: str) -> None:
        shop.control("POST", f"payments/{shop.payment(unwanted).payment_id}/refund", {"amount": 10_000})
        shop.sweep()
        assert sorted(each.amount for each in shop.gateway.ledger.refunds.values()) == [10_000, PRICE - 10_000]

    def test_is_asked_for_to_the_last_paisa(self, shop: Shop, unwanted: str, asked: list[str]) -> None:
        """Too little for the gateway, which says so: it is left, and seen."""
        paid = shop.payment(unwanted).payment_id
        shop.control("POST", f"payments/{paid}/refund", {"amount": PRICE - 1})
        asked.clear()
        assert shop.sweep() == {"deferred": 1}
        assert asked == asked_back(paid, 1)

    def test_of_a_row_that_is_gone_is_asked_for_all_the_same(self, shop: Shop, unwanted: str, memory: Memory) -> None:
        memory.before("GetItem", lambda: store.delete(keys.payment(unwanted)))
        assert shop.sweep() == {"gone": 1}
        assert len(shop.gateway.ledger.refunds) == 1
