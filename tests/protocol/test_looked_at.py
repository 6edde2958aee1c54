"""Whatever lies beside the payment that counts, the sweep alone brings everything to its end: nothing stands before
anything else."""

from datetime import timedelta

import pytest

from tests.api import Api
from tests.protocol.read_back import breaches
from tests.protocol.returns import by_hand, lose
from tests.protocol.sweeping import beside, sweeps
from tests.shop import Shop, refund


class TestWhatIsRefused:
    @pytest.mark.parametrize("refused", [0, 1])
    def test_does_not_stand_before_another(self, shop: Shop, student: Api, refused: int) -> None:
        _, more = beside(shop, student, 2)
        lose(shop, more[refused], told=False)
        sweeps(shop, 4, hours=30)
        assert {each.payment_id for each in shop.gateway.ledger.refunds.values()} == {more[1 - refused]}

    def test_is_told_once_for_each(self, shop: Shop, student: Api, admin: Api) -> None:
        order_id, [second] = beside(shop, student)
        lose(shop, shop.payment(order_id).payment_id, 1_000, told=False)
        lose(shop, second, told=False)
        refund(admin, order_id)
        sweeps(shop, 1, minutes=5)
        version = shop.payment(order_id).version
        sweeps(shop, 12, minutes=30)
        assert shop.payment(order_id).version == version

    def test_opens_no_way_by_hand_for_the_other(self, shop: Shop, student: Api, admin: Api) -> None:
        order_id, [second] = beside(shop, student)
        lose(shop, second, told=False)
        shop.sweep()
        refused = by_hand(admin, order_id)
        assert (refused.status, refused.code) == (409, "refundable_at_gateway")
        assert shop.states(student, order_id) == ("captured", "active")


def test_money_that_is_reserved_for_weeks_is_found(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.verify(student, shop.pay(order_id, "authorized"))
    shop.time.pass_time(days=7)
    assert not any("nothing came of it" in each for each in breaches(timedelta(hours=1)))
    shop.time.pass_time(hours=2)
    assert any("nothing came of it" in each for each in breaches(timedelta(hours=1)))
