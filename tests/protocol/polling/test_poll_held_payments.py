"""With a payment on hold on the order, the sweep alone settles everything else: no poll is lost."""

import pytest

from functions.payments.reconciliation.reconcile import reconcile
from shared import clock
from tests.fixtures.api import Api, Reply
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.refund_actions import record_manual_refund
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at
from tests.protocol.sweep_actions import fail_refund_calls, sweep_repeatedly

UNDERPAID_AMOUNT = PRICE - 100


class HeldPayment:
    """An order with an underpaid capture on hold, and another attempt that the bank has not answered."""

    def __init__(self, shop: Storefront, student: Api) -> None:
        self.shop, self.student = shop, student
        self.order_id = shop.create_order(student)["order_id"]
        self.late_payment_id = shop.pay(self.order_id, "created")["razorpay_payment_id"]
        shop.control("POST", f"payments/{self.late_payment_id}/fail")
        self.payment_id = shop.pay(self.order_id, amount=UNDERPAID_AMOUNT)["razorpay_payment_id"]
        shop.deliver()

    def request_refund(self, admin: Api) -> Reply:
        return refund(admin, self.order_id, key="one", payment_id=self.payment_id)

    def authorize_late(self, **how: bool) -> dict[str, str]:
        return self.shop.control("POST", f"payments/{self.late_payment_id}/late_authorize", how)

    @property
    def states(self) -> tuple[str, str]:
        return self.shop.states(self.student, self.order_id)

    @property
    def next_poll_at(self) -> str | None:
        return next_poll_at(self.shop.payment(self.order_id))


@pytest.fixture
def held_payment(shop: Storefront, student: Api) -> HeldPayment:
    return HeldPayment(shop, student)


class TestOtherAttemptOnHeldOrder:
    def test_sweep_voided_basis_on_held_order_ends_access(self, shop: Storefront, held_payment: HeldPayment) -> None:
        held_payment.authorize_late()
        shop.deliver("payment.authorized")
        assert held_payment.states == ("authorized", "active")
        sweep_repeatedly(shop, 8)
        assert held_payment.states == ("failed", "cancelled")

    def test_webhook_late_authorization_after_void_on_held_order_grants_no_access(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        late = shop.pay(order_id, "created")["razorpay_payment_id"]
        shop.control("POST", f"payments/{late}/fail")
        shop.pay(order_id, amount=UNDERPAID_AMOUNT)
        shop.control("POST", f"payments/{late}/late_authorize", {})
        sweep_repeatedly(shop, 1, days=1)
        assert shop.payment(order_id).returned_payment_ids == [late]
        shop.deliver("payment.authorized")
        assert shop.states(student, order_id) == ("failed", "cancelled")

    def test_sweep_checkout_of_mismatched_amount_revokes_access(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.verify(student, shop.pay(order_id, amount=UNDERPAID_AMOUNT))
        assert shop.states(student, order_id) == ("authorized", "active")
        sweep_repeatedly(shop, 1, hours=1)
        assert shop.states(student, order_id) == ("failed", "cancelled")
        payment = shop.payment(order_id)
        assert (payment.reason, payment.returned_payment_ids, ledger_totals(shop, order_id)) == (
            "mismatch",
            None,
            (UNDERPAID_AMOUNT, 0),
        )

    def test_sweep_matching_authorization_on_held_order_is_captured(
        self, shop: Storefront, held_payment: HeldPayment
    ) -> None:
        held_payment.authorize_late(capture=False, even_if_paid=True)
        shop.deliver()
        sweep_repeatedly(shop, 3, hours=1)
        assert held_payment.states == ("captured", "active")
        assert ledger_totals(shop, held_payment.order_id)[0] == UNDERPAID_AMOUNT + PRICE

    def test_verify_checkout_on_held_order_polls_in_15_minutes(
        self, shop: Storefront, held_payment: HeldPayment
    ) -> None:
        checkout = held_payment.authorize_late(capture=True, even_if_paid=True)
        brought = {name: value for name, value in checkout.items() if name.startswith("razorpay_")}
        assert shop.verify(held_payment.student, brought).status == 200
        assert held_payment.next_poll_at == "23 12:15"
        sweep_repeatedly(shop, 1, minutes=15)
        assert held_payment.states == ("captured", "active")

    def test_webhook_late_authorization_keeps_poll_of_held_payment(
        self, shop: Storefront, held_payment: HeldPayment
    ) -> None:
        shop.clock.advance(days=7)
        held_payment.authorize_late()
        shop.deliver()
        assert (shop.payment(held_payment.order_id).reason, held_payment.next_poll_at) == ("mismatch", "01 12:00")
        assert breaches() == []


class TestReleasedPayment:
    def test_released_payment_after_gateway_errors_is_refunded(
        self, shop: Storefront, held_payment: HeldPayment, admin: Api
    ) -> None:
        """Released after the final poll of the order, whose end must not remove the poll of the refund."""
        shop.clock.advance(days=8)
        shop.sweep()
        fail_refund_calls(shop, 2)
        assert held_payment.request_refund(admin).status == 200
        shop.sweep()
        assert (len(shop.gateway.ledger.refunds), held_payment.next_poll_at is None) == (0, False)
        sweep_repeatedly(shop)
        assert (ledger_totals(shop, held_payment.order_id), held_payment.next_poll_at) == (
            (UNDERPAID_AMOUNT, UNDERPAID_AMOUNT),
            None,
        )

    def test_released_payment_after_failed_refund_without_webhook_is_refunded(
        self, shop: Storefront, held_payment: HeldPayment, admin: Api
    ) -> None:
        shop.clock.advance(days=8)
        held_payment.request_refund(admin)
        [made] = shop.gateway.ledger.refunds
        shop.gateway.ledger.refund_outcome = "hold"
        shop.clock.advance(minutes=16)
        shop.sweep()
        assert held_payment.next_poll_at is not None
        shop.gateway.ledger.refund_outcome = "process"
        shop.control("POST", f"refunds/{made}/fail")
        sweep_repeatedly(shop)
        assert ledger_totals(shop, held_payment.order_id) == (UNDERPAID_AMOUNT, UNDERPAID_AMOUNT)

    def test_released_payment_with_late_authorization_is_refunded(
        self, shop: Storefront, held_payment: HeldPayment, admin: Api
    ) -> None:
        shop.clock.advance(days=7)
        shop.control("POST", "faults", {"kind": "500", "times": 9})
        assert held_payment.request_refund(admin).status == 200
        shop.control("DELETE", "faults")
        held_payment.authorize_late()
        shop.deliver()
        sweep_repeatedly(shop)
        assert ledger_totals(shop, held_payment.order_id) == (UNDERPAID_AMOUNT, UNDERPAID_AMOUNT)

    def test_released_payment_racing_matching_capture_keeps_access(
        self, shop: Storefront, held_payment: HeldPayment, admin: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        held_payment.authorize_late(capture=True, even_if_paid=True)
        dynamodb.run_before("TransactWriteItems", shop.deliver)
        held_payment.request_refund(admin)
        assert held_payment.states == ("captured", "active")
        assert held_payment.request_refund(admin).status == 200
        assert held_payment.states == ("captured", "active")

    def test_held_payment_failed_refund_restores_mismatch_and_daily_poll(
        self, shop: Storefront, held_payment: HeldPayment
    ) -> None:
        made = shop.control("POST", f"payments/{held_payment.payment_id}/refund", {"amount": UNDERPAID_AMOUNT})["id"]
        shop.deliver()
        shop.control("POST", f"refunds/{made}/fail")
        shop.deliver()
        assert (shop.payment(held_payment.order_id).reason, held_payment.next_poll_at) == ("mismatch", "24 12:00")


def test_reconcile_manual_refund_of_held_payment_counts_as_reversed(
    shop: Storefront, held_payment: HeldPayment, admin: Api
) -> None:
    shop.clock.advance(days=200)
    since = clock.now()
    shop.clock.advance(days=1)
    assert (
        record_manual_refund(admin, held_payment.order_id, UNDERPAID_AMOUNT, payment_id=held_payment.payment_id).status
        == 200
    )
    assert reconcile(since, clock.now()).reversed_amounts == {"INR": UNDERPAID_AMOUNT}
