"""A refund whose answer was lost is learned of by the sweep, though the money was taken otherwise meanwhile."""

import json

import pytest

from tests.api import Api
from tests.logs import logged
from tests.protocol.read_back import books_of, next_look
from tests.protocol.returns import by_hand, lose
from tests.protocol.sweeping import beside, silent_refunds, sweeps
from tests.shop import PRICE, Shop, refund


def lost_answer(shop: Shop) -> None:
    shop.control("POST", "faults", {"kind": "lose_answer", "path": ".*/refund", "method": "POST"})


class TestARefundWhoseAnswerWasLost:
    @pytest.fixture
    def asked_for(self, shop: Shop, admin: Api, paid: str) -> str:
        lost_answer(shop)
        refund(admin, paid)
        assert (len(shop.gateway.ledger.refunds), shop.payment(paid).refunds.as_dict()) == (1, {})
        return paid

    def test_is_learned_after_a_dispute_took_all(self, shop: Shop, asked_for: str) -> None:
        lose(shop, shop.payment(asked_for).payment_id)
        sweeps(shop)
        assert books_of(shop, asked_for) == (PRICE, 2 * PRICE)
        assert next_look(shop.payment(asked_for)) is None

    def test_of_a_part_is_learned_too(self, shop: Shop, admin: Api, paid: str) -> None:
        lost_answer(shop)
        refund(admin, paid, 5_000, "k")
        lose(shop, shop.payment(paid).payment_id)
        sweeps(shop)
        assert (books_of(shop, paid), next_look(shop.payment(paid))) == ((PRICE, PRICE + 5_000), None)

    def test_that_was_never_made_is_not_made_when_all_is_taken(self, shop: Shop, admin: Api, paid: str) -> None:
        silent_refunds(shop, 1)
        refund(admin, paid, 5_000, "k")
        lose(shop, shop.payment(paid).payment_id, told=False)
        shop.gateway.ledger.disputes.clear()  # the gateway would refuse it; ours must not even ask
        shop.deliver("payment.dispute.lost")
        sweeps(shop)
        assert (len(shop.gateway.ledger.refunds), shop.payment(paid).status) == (0, "refunded")

    def test_of_what_is_beside_is_learned_too(self, shop: Shop, student: Api) -> None:
        order_id, [second] = beside(shop, student)
        lost_answer(shop)
        shop.sweep()
        lose(shop, second)
        sweeps(shop)
        assert (books_of(shop, order_id), next_look(shop.payment(order_id))) == ((2 * PRICE, 2 * PRICE), None)

    def test_leaves_nothing_to_return_by_hand(self, shop: Shop, admin: Api, asked_for: str) -> None:
        shop.time.pass_time(days=181)
        answer = by_hand(admin, asked_for)
        assert (answer.status, answer.code) == (409, "refund_too_large")
        shop.control("POST", "faults", {"kind": "500", "times": 3})
        silent = by_hand(admin, asked_for)
        assert (silent.status, silent.code) == (503, "gateway_unavailable")


def test_refunds_that_cannot_be_read_are_told_to_whoever_looks_after_the_service(
    shop: Shop, admin: Api, paid: str
) -> None:
    shop.control("POST", "faults", {"kind": "500", "path": ".*/refunds", "method": "GET", "times": 10})
    with logged() as lines:
        assert refund(admin, paid).json["payment"]["status"] == "refund_pending"
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    [line] = [each for each in told if each["message"] == "refunds not learned"]
    assert (line["level"], line["order_id"], "exception" in line) == ("WARNING", paid, True)
