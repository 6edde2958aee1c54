"""With extra captures on the order, the sweep alone settles every one of them: a rejected refund blocks no other."""

from datetime import timedelta

import pytest

from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront, refund
from tests.protocol.refund_actions import lose_dispute, record_manual_refund
from tests.protocol.stored_state import breaches
from tests.protocol.sweep_actions import order_with_duplicate_captures, sweep_repeatedly


class TestRejectedRefund:
    @pytest.mark.parametrize("rejected", [0, 1])
    def test_sweep_rejected_refund_does_not_block_other_duplicate(
        self, shop: Storefront, student: Api, rejected: int
    ) -> None:
        _, more = order_with_duplicate_captures(shop, student, 2)
        lose_dispute(shop, more[rejected], deliver_webhook=False)
        sweep_repeatedly(shop, 4, hours=30)
        assert {each.payment_id for each in shop.gateway.ledger.refunds.values()} == {more[1 - rejected]}

    def test_sweep_rejected_refunds_are_recorded_once_each(self, shop: Storefront, student: Api, admin: Api) -> None:
        order_id, [second] = order_with_duplicate_captures(shop, student)
        lose_dispute(shop, shop.payment(order_id).payment_id, 1_000, deliver_webhook=False)
        lose_dispute(shop, second, deliver_webhook=False)
        refund(admin, order_id)
        sweep_repeatedly(shop, 1, minutes=5)
        version = shop.payment(order_id).version
        sweep_repeatedly(shop, 12, minutes=30)
        assert shop.payment(order_id).version == version

    def test_manual_refund_of_primary_after_rejected_duplicate_refund_returns_409(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        order_id, [second] = order_with_duplicate_captures(shop, student)
        lose_dispute(shop, second, deliver_webhook=False)
        shop.sweep()
        rejected = record_manual_refund(admin, order_id)
        assert (rejected.status, rejected.code) == (409, "refundable_at_gateway")
        assert shop.states(student, order_id) == ("captured", "active")


def test_invariants_authorization_unsettled_after_seven_days_is_reported(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.verify(student, shop.pay(order_id, "authorized"))
    shop.clock.advance(days=7)
    assert not any("neither captured nor voided" in each for each in breaches(timedelta(hours=1)))
    shop.clock.advance(hours=2)
    assert any("neither captured nor voided" in each for each in breaches(timedelta(hours=1)))
