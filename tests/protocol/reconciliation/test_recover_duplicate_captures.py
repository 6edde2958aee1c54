"""`recover` of an order with two captures. Which of them was the sale, only the lost table knew: the other one is
refunded in full, and the refund requests are for the sale."""

import pytest

from functions.payments.reconciliation.restore.recover import recover
from shared.db.payments.payment_attributes import refund_requests
from shared.domain.captures import RefundStatus
from shared.history_kinds import Source
from shared.settlement.evidence import Captured, Refunded
from shared.settlement.settle import settle
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import Snapshot, restore, snapshot
from tests.protocol.reconciliation.purchases import settle_refunds
from tests.protocol.reconciliation.test_recover import assert_equal_books
from tests.protocol.refund_actions import refund_request_id, set_balance
from tests.protocol.sweep_actions import sweep_repeatedly

PART = 5_000


class TwoCaptures:
    """An order with a sale and a duplicate, captured in this order, and the table before and after the first capture.
    Neither is refunded yet. The fake lists the newer payment of an order first."""

    def __init__(self, shop: Storefront, student: Api, *, duplicate_is_newer: bool) -> None:
        self.shop = shop
        self.order_id = str(shop.create_order(student)["order_id"])
        self.before, self.restored_to = snapshot(), shop.clock.now()
        shop.clock.advance(minutes=10)
        attempts = [str(shop.pay(self.order_id, "created")["razorpay_payment_id"]) for _ in range(2)]
        self.sale_id, self.duplicate_id = attempts if duplicate_is_newer else attempts[::-1]
        self.capture(self.sale_id)
        self.between = snapshot()
        self.capture(self.duplicate_id)
        assert shop.payment(self.order_id).payment_id == self.sale_id

    def capture(self, payment_id: str) -> None:
        self.shop.control("POST", f"payments/{payment_id}/late_authorize", {"capture": True, "even_if_paid": True})
        self.shop.deliver()

    def recover(self, table: Snapshot) -> None:
        restore(table)
        self.shop.clock.advance(hours=2)
        recover(self.restored_to, lambda _: None)

    def settle(self) -> None:
        settle_refunds(self.shop)
        sweep_repeatedly(self.shop, 6)

    def refunded_at_gateway(self) -> tuple[int, int]:
        """What Razorpay refunded of the sale, and of the duplicate."""
        made = [each for each in self.shop.gateway.ledger.refunds.values() if not each.returned]
        of_sale = sum(each.amount for each in made if each.payment_id == self.sale_id)
        return of_sale, sum(each.amount for each in made if each.payment_id == self.duplicate_id)

    def request_key(self) -> str:
        return refund_request_id(self.order_id, "part-1")

    def assert_settled(self, student: Api) -> None:
        """The learner has the course, no request is open, and the books are equal."""
        assert self.shop.states(student, self.order_id) == ("captured", "active")
        assert {key: each.is_open for key, each in refund_requests(self.shop.payment(self.order_id)).items()} == {
            self.request_key(): False
        }
        assert_equal_books(self.shop)


@pytest.fixture(params=[True, False], ids=["duplicate newer", "duplicate older"])
def order(request: pytest.FixtureRequest, shop: Storefront, student: Api) -> TwoCaptures:
    return TwoCaptures(shop, student, duplicate_is_newer=request.param)


@pytest.mark.parametrize("is_repeated", [False, True], ids=["not repeated", "repeated"])
@pytest.mark.parametrize("duplicate_is_refunded", [False, True], ids=["duplicate due", "duplicate refunded"])
@pytest.mark.parametrize("restored", ["before", "between"])
def test_f94_recover_keeps_the_partly_refunded_sale_and_its_request_is_answered_once(
    shop: Storefront,
    student: Api,
    admin: Api,
    order: TwoCaptures,
    restored: str,
    duplicate_is_refunded: bool,
    is_repeated: bool,
) -> None:
    assert refund(admin, order.order_id, PART, "part-1").status == 200
    if duplicate_is_refunded:
        settle_refunds(shop)
    order.recover(order.before if restored == "before" else order.between)
    assert shop.payment(order.order_id).payment_id == order.sale_id
    if is_repeated:
        assert refund(admin, order.order_id, PART, "part-1").status == 200
    order.settle()
    assert order.refunded_at_gateway() == (PART, PRICE)
    order.assert_settled(student)


class TestRequestWithoutRefund:
    """Razorpay rejected the refund of the request, so it knows nothing of it."""

    @pytest.fixture(autouse=True)
    def rejected_request(self, shop: Storefront, admin: Api, order: TwoCaptures) -> None:
        set_balance(shop, 0)
        assert refund(admin, order.order_id, PART, "part-1").status == 200

    def test_recover_table_without_request_makes_its_refund_once_it_is_repeated(
        self, shop: Storefront, student: Api, admin: Api, order: TwoCaptures
    ) -> None:
        order.recover(order.before)
        set_balance(shop, None)
        assert refund(admin, order.order_id, PART, "part-1").status == 200
        order.settle()
        assert sum(order.refunded_at_gateway()) == PART + PRICE
        order.assert_settled(student)

    def test_recover_table_with_open_request_takes_the_refund_that_was_made_later(
        self, shop: Storefront, student: Api, order: TwoCaptures
    ) -> None:
        with_request = snapshot()
        set_balance(shop, None)
        settle_refunds(shop)
        assert order.refunded_at_gateway() == (PART, PRICE)
        order.recover(with_request)
        order.settle()
        assert order.refunded_at_gateway() == (PART, PRICE)
        order.assert_settled(student)


class TestSwapped:
    """The captures have swapped their roles: a late webhook of the former duplicate came first after the restore. Of
    the former sale, 5,000 were refunded for the request. It is refunded in full now, and the request is one of the
    new sale: the learner gets the price and 5,000, as was promised."""

    @pytest.fixture(autouse=True)
    def swapped(self, shop: Storefront, admin: Api, order: TwoCaptures) -> None:
        assert refund(admin, order.order_id, PART, "part-1").status == 200
        restore(order.before)
        shop.clock.advance(hours=2)
        settle(order.order_id, Captured(order.duplicate_id, PRICE, "INR"), Source.WEBHOOK)
        assert shop.payment(order.order_id).payment_id == order.duplicate_id

    @pytest.mark.parametrize("is_repeated", [False, True], ids=["not repeated", "repeated"])
    def test_recover_refunds_the_request_of_the_new_sale_with_another_idempotency_key(
        self, shop: Storefront, student: Api, admin: Api, order: TwoCaptures, is_repeated: bool
    ) -> None:
        if is_repeated:
            assert refund(admin, order.order_id, PART, "part-1").status == 200
        recover(order.restored_to, lambda _: None)
        order.settle()
        assert order.refunded_at_gateway() == (PRICE, PART)
        order.assert_settled(student)
        used = [key for key in shop.gateway.ledger.refund_keys if order.request_key() in key]
        assert used == [f"refund-{order.request_key()}", f"refund-{order.request_key()}-1"]

    def test_sweep_mends_request_that_an_earlier_version_left_open(
        self, shop: Storefront, student: Api, admin: Api, order: TwoCaptures
    ) -> None:
        """It recorded the refund of the former sale, and not its request."""
        [made] = shop.gateway.ledger.refunds
        settle(order.order_id, Captured(order.sale_id, PRICE, "INR"), Source.SWEEP)
        settle(order.order_id, Refunded(order.sale_id, made, PART, RefundStatus.PROCESSED), Source.SWEEP)
        assert refund(admin, order.order_id, PART, "part-1").status == 200
        order.settle()
        assert order.refunded_at_gateway() == (PRICE, PART)
        order.assert_settled(student)

    def test_recover_after_another_restore_keeps_the_new_sale(
        self, shop: Storefront, student: Api, order: TwoCaptures
    ) -> None:
        recover(order.restored_to, lambda _: None)
        order.settle()
        order.recover(order.before)
        order.settle()
        assert shop.payment(order.order_id).payment_id == order.duplicate_id
        assert order.refunded_at_gateway() == (PRICE, PART)
        order.assert_settled(student)


class TestDisputedDuplicate:
    @pytest.mark.parametrize("status", ["created", "lost"])
    def test_recover_keeps_the_sale_and_refunds_no_disputed_duplicate(
        self, shop: Storefront, student: Api, order: TwoCaptures, status: str
    ) -> None:
        dispute = {"status": status, "amount": PRICE}
        shop.control("POST", f"payments/{order.duplicate_id}/dispute", dispute)
        shop.deliver()
        order.recover(order.before)
        assert shop.payment(order.order_id).payment_id == order.sale_id
        order.settle()
        assert order.refunded_at_gateway() == (0, 0)
        assert shop.states(student, order.order_id) == ("captured", "active")
        assert_equal_books(shop)
