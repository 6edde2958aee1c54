"""The stages that begin with our own data, each by itself: what they read, and which orders they fetch."""

from collections.abc import Callable

from functions.payments.reconciliation.heal_orders import Healer
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.own_ledger import recheck_open_differences, reconcile_ledger
from functions.payments.reconciliation.stages import Slice
from shared.db.payments import reconciliation_state
from shared.domain.reconciliation import Difference, DifferenceKind, PassCounts
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import Storefront
from tests.protocol.reconciliation.actions import open_differences
from tests.protocol.reconciliation.purchases import buy_registered

NewUser = Callable[..., Api]


def slice_until(shop: Storefront, seconds_ago: int = 0, span: int = 3600) -> Slice:
    """A slice over `span` seconds that ends some seconds ago."""
    until = int(shop.clock.now().timestamp()) - seconds_ago
    return Slice(until - span, until, until - span, Healer(OpenDifferences(), lambda: 900))


class TestLedgerPage:
    def test_reconcile_ledger_reads_only_orders_of_the_period(self, shop: Storefront, new_user: NewUser) -> None:
        """Three orders, half a minute apart."""
        for _ in range(3):
            buy_registered(shop, new_user("student"))
        part = slice_until(shop, seconds_ago=45, span=30)
        reconcile_ledger(part, None)
        assert part.healer.counts == PassCounts(listed=1)

    def test_reconcile_ledger_lists_orders_five_seconds_around_the_candidates(
        self, shop: Storefront, new_user: NewUser, gateway_calls: list[str]
    ) -> None:
        begin = int(shop.clock.now().timestamp())
        for _ in range(2):
            buy_registered(shop, new_user("student"))
        gateway_calls.clear()
        reconcile_ledger(slice_until(shop), None)
        ranges = {call.partition("?")[2].partition("&expand")[0] for call in gateway_calls if "GET /v1/orders?" in call}
        assert ranges == {f"from={begin - 5}&to={begin + 30 + 5}"}

    def test_reconcile_ledger_refund_that_both_sides_have_needs_no_poll(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_id = buy_registered(shop, student)
        razorpay.refund(shop.payment(order_id).payment_id, 500, "dashboard-refund")
        shop.deliver()
        gateway_calls.clear()
        part = slice_until(shop)
        reconcile_ledger(part, None)
        assert part.healer.counts == PassCounts(listed=1)
        assert [call for call in gateway_calls if order_id in call] == []

    def test_reconcile_ledger_refund_of_one_paisa_that_gateway_lacks_is_found(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = buy_registered(shop, student)
        tamper(shop.payment(order_id), refunds={"rfnd_AAAAAAAAAAAAAA": {"amount": 1, "status": "processed"}})
        part = slice_until(shop)
        reconcile_ledger(part, None)
        assert part.healer.counts == PassCounts(listed=1, found=1)
        assert open_differences() == [(order_id, "refund_unknown_at_gateway", "nothing", "1 INR processed")]


class TestHolds:
    @staticmethod
    def hold(shop: Storefront, order_id: str) -> None:
        """Stores a difference of money on hold."""
        difference = Difference(DifferenceKind.AMOUNT_UNEXPLAINED, order_id, "pay_BBBBBBBBBBBBBB", "1 INR", "on hold")
        reconciliation_state.save_difference(difference, shop.clock.now())

    def test_recheck_of_a_hold_that_is_gone_removes_it_without_a_call(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        self.hold(shop, buy_registered(shop, student))
        gateway_calls.clear()
        part = slice_until(shop)
        assert recheck_open_differences(part, None) is None
        assert (open_differences(), gateway_calls, part.healer.counts) == ([], [], PassCounts())

    def test_recheck_of_a_hold_of_an_unknown_order_removes_it_without_a_call(
        self, shop: Storefront, gateway_calls: list[str]
    ) -> None:
        self.hold(shop, "order_AAAAAAAAAAAAAA")
        part = slice_until(shop)
        assert recheck_open_differences(part, None) is None
        assert (open_differences(), gateway_calls, part.healer.counts) == ([], [], PassCounts())

    def test_recheck_of_a_hold_of_an_unreadable_payment_counts_it_as_failed_and_keeps_it(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = buy_registered(shop, student)
        self.hold(shop, order_id)
        tamper(shop.payment(order_id), surplus={"pay_BBBBBBBBBBBBBB": {"amount": 1}})
        part = slice_until(shop)
        assert recheck_open_differences(part, None) is None
        assert part.healer.counts == PassCounts(found=1, failed=1)
        assert open_differences() == [(order_id, "amount_unexplained", "1 INR", "on hold")]
