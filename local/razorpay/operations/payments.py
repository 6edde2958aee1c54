"""The life cycle of a payment: created > authorized > captured, or failed."""

from typing import Any

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.checkout_amounts import (
    DEFAULT_PAYER,
    Payer,
    amount_at_checkout,
    customer_fee,
    fee_and_tax,
)
from local.razorpay.operations.orders import validate_amount, validate_notes
from local.razorpay.operations.refunds import auto_refund
from local.razorpay.state.entities import Order, Payment
from local.razorpay.state.ledger import Ledger

OUTCOMES = ("captured", "authorized", "failed", "created")
METHODS = ("upi", "card", "netbanking", "wallet")
ALREADY_PAID = (
    "Your payment has been declined as the order is already paid. Please initiate the payment with a new order."
)
DECLINED = {
    "code": "BAD_REQUEST_ERROR",
    "description": "Payment failed",
    "source": "bank",
    "step": "payment_authorization",
    "reason": "payment_failed",
}
TIMED_OUT = DECLINED | {
    "description": "Payment was unsuccessful as the bank did not answer in time",
    "source": "customer",
    "step": "payment_authentication",
    "reason": "payment_timed_out",
}


def pay(
    ledger: Ledger,
    order_id: str,
    outcome: str = "captured",
    *,
    late_seconds: float | None = None,
    webhooks: bool = True,
    amount: int | None = None,
    payer: Payer = DEFAULT_PAYER,
) -> Payment:
    """One attempt of a learner to pay an order.

    The outcome "created" leaves the bank's response open. With `late_seconds` the attempt fails now, as when the bank
    does not respond, and reaches `outcome` that many seconds later. `amount` in minor units differs from the order's
    only after tampering, or as `payer` states.

    Raises RazorpayApiError, also when the order has an authorized or captured payment.
    """
    order = ledger.order(order_id)
    if outcome not in OUTCOMES or payer.method not in METHODS:
        raise RazorpayApiError(
            f"outcome is one of {', '.join(OUTCOMES)}; method one of {', '.join(METHODS)}", field="outcome"
        )
    if _has_live_payment(ledger, order):
        raise RazorpayApiError(ALREADY_PAID, field="order_id", reason="order_already_paid")
    fee = customer_fee(ledger, order, payer)
    payment = Payment(
        id=ledger.new_id("pay_", ledger.payments),
        order_id=order.id,
        amount=amount_at_checkout(order, payer, fee) if amount is None else validate_amount(amount, order.currency),
        currency=order.currency,
        created_at=ledger.now(),
        method=payer.method,
        email=payer.email,
        contact=payer.contact,
        notes=validate_notes(payer.notes),
        webhooks=webhooks,
        offer_id=payer.offer_id,
        discount=payer.discount,
        customer_fee=fee if amount is None else 0,
    )
    ledger.payments[payment.id] = payment
    order.payment_ids.append(payment.id)
    order.attempts += 1
    order.status = "attempted"
    if late_seconds is not None and outcome in ("captured", "authorized"):
        payment.late_outcome = outcome
        fail(ledger, payment, TIMED_OUT)
        ledger.schedule(ledger.clock.now() + late_seconds, "late_success", payment.id)
    elif outcome == "failed":
        fail(ledger, payment, DECLINED)
    elif outcome != "created":
        authorize(ledger, payment, captures=outcome == "captured")
    return payment


def fail(ledger: Ledger, payment: Payment, error: dict[str, str] = DECLINED) -> None:
    if payment.status != "created":
        raise RazorpayApiError(f"A payment that is {payment.status} cannot fail", field="status")
    payment.status, payment.error = "failed", dict(error)
    ledger.emit_event("payment.failed", payment)


def late_authorize(
    ledger: Ledger, payment: Payment, captures: bool | None = None, *, even_if_paid: bool = False
) -> None:
    """Authorize a created or failed payment after a late response of the bank. `captures` None applies the setting of
    the order or the account. Razorpay refunds such a payment of a paid order; `even_if_paid` simulates that it does
    not. Raises RazorpayApiError for a payment in another status."""
    if payment.status not in ("created", "failed"):
        raise RazorpayApiError(f"A payment that is {payment.status} cannot be authorised late", field="status")
    order = ledger.order_of(payment)
    if order and _has_live_payment(ledger, order) and not even_if_paid:
        payment.status, payment.error = "authorized", None
        ledger.emit_event("payment.authorized", payment)
        auto_refund(ledger, payment)
        return
    authorize(ledger, payment, captures_automatically(ledger, payment) if captures is None else captures)


def authorize(ledger: Ledger, payment: Payment, captures: bool) -> None:
    payment.status, payment.error = "authorized", None
    ledger.emit_event("payment.authorized", payment)
    if captures:
        _mark_captured(ledger, payment)
        return
    order = ledger.order_of(payment)
    minutes = order.manual_expiry_minutes if order else None
    wait = minutes * 60 if minutes is not None else ledger.settings.uncaptured_seconds
    ledger.schedule(ledger.clock.now() + wait, "auto_refund", payment.id)


def capture(ledger: Ledger, payment_id: str, body: dict[str, Any]) -> Payment:
    """Capture an authorized payment in full; `body` is `{"amount": paise, "currency"?}`. Raises RazorpayApiError."""
    payment = ledger.payment(payment_id)
    if payment.captured:
        raise RazorpayApiError("This payment has already been captured", field="payment_id")
    if payment.status != "authorized":
        raise RazorpayApiError(
            "Only payments which have been authorized and not yet captured can be captured", field="payment_id"
        )
    order = ledger.order_of(payment)
    if order and order.status == "paid":
        raise RazorpayApiError(ALREADY_PAID, field="order_id", reason="order_already_paid")
    amount = validate_amount(body.get("amount"), payment.currency)
    if amount != payment.amount or body.get("currency", payment.currency) != payment.currency:
        raise RazorpayApiError("Capture amount must be equal to the amount authorized", field="amount")
    _mark_captured(ledger, payment)
    return payment


def captures_automatically(ledger: Ledger, payment: Payment) -> bool:
    """Whether order or account capture the payment without a call of the merchant."""
    order = ledger.order_of(payment)
    if order is None:
        return ledger.settings.auto_capture
    limit = order.automatic_expiry_minutes
    if limit is not None and ledger.now() - payment.created_at > limit * 60:
        return False
    return ledger.settings.auto_capture if order.capture == "default" else order.capture == "automatic"


def _mark_captured(ledger: Ledger, payment: Payment) -> None:
    """Capture the payment, and pay the order with it. Fee and tax are known from now on.

    Razorpay documents an order of 1000 that was paid with an offer as `amount_paid` 900 and `amount_due` 0. A fee that
    the customer bears is not part of `amount_paid`: a choice of the fake, for which no documentation was found.
    """
    payment.status, payment.captured, payment.captured_at = "captured", True, ledger.now()
    payment.fee, payment.tax = fee_and_tax(payment.amount - payment.customer_fee)
    ledger.account.change_balance(payment.amount - payment.fee)
    order = ledger.order_of(payment)
    if order is None:
        ledger.emit_event("payment.captured", payment)
        return
    order.amount_paid += payment.amount - payment.customer_fee
    order.discount += payment.discount
    ledger.emit_event("payment.captured", payment)
    if order.amount_due() == 0:
        order.status = "paid"
        ledger.emit_event("order.paid", payment, order=order)


def _has_live_payment(ledger: Ledger, order: Order) -> bool:
    live = ("authorized", "captured")
    return order.status == "paid" or any(payment.status in live for payment in ledger.payments_of(order.id))
