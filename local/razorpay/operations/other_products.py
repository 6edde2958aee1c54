"""Payments of other products of the same account, whose webhooks arrive at the same endpoint.

https://razorpay.com/docs/webhooks/payment-links/, https://razorpay.com/docs/webhooks/qr-codes/
"""

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.orders import create_order, validate_amount
from local.razorpay.operations.payments import authorize
from local.razorpay.state.entities import Order, Payment, Wire
from local.razorpay.state.ledger import Ledger

PRODUCTS = ("payment_link", "qr_code")


def pay_other_product(
    ledger: Ledger,
    product: str = "payment_link",
    amount: int = 50_000,
    *,
    with_order: bool | None = None,
    webhooks: bool = True,
) -> Payment:
    """A captured payment by payment link or QR code, with the webhooks of a payment and of its product.

    A payment link has an order, without notes of ours; a QR code has none. `with_order` overrides that. Raises
    RazorpayApiError."""
    if product not in PRODUCTS:
        raise RazorpayApiError(f"The product must be one of {', '.join(PRODUCTS)}", field="product")
    validate_amount(amount, "INR")
    has_order = product == "payment_link" if with_order is None else with_order
    order = create_order(ledger, {"amount": amount, "currency": "INR"}) if has_order else None
    payment = Payment(
        id=ledger.new_id("pay_", ledger.payments),
        order_id=order.id if order else None,
        amount=amount,
        currency="INR",
        created_at=ledger.now(),
        webhooks=webhooks,
    )
    ledger.payments[payment.id] = payment
    if order:
        order.payment_ids.append(payment.id)
        order.attempts += 1
    authorize(ledger, payment, captures=True)
    if product == "payment_link":
        of_order = {"order": _bare_order(order)} if order else {}
        entities = {"payment_link": _payment_link(payment), **of_order, "payment": payment.entity()}
        ledger.emit_entities("payment_link.paid", entities, deliver=webhooks)
    else:
        entities = {"payment": payment.entity(), "qr_code": _qr_code(payment)}
        ledger.emit_entities("qr_code.credited", entities, deliver=webhooks)
    return payment


def _bare_order(order: Order) -> Wire:
    """The order in payment_link.paid: Razorpay's example has neither the prefix of the id nor `entity`."""
    return {**order.entity(), "id": order.id.removeprefix("order_"), "entity": None}


def _payment_link(payment: Payment) -> Wire:
    return {
        "id": f"plink_{payment.id[4:]}",
        "amount": payment.amount,
        "amount_paid": payment.amount,
        "currency": payment.currency,
        "description": "Test Payment",
        "notes": None,
        "order_id": payment.order_id,
        "reference_id": "23",
        "short_url": "https://rzp.io/rzp/twH5w1Y",
        "status": "paid",
        "upi_link": False,
        "created_at": payment.created_at,
        "updated_at": payment.created_at,
    }


def _qr_code(payment: Payment) -> Wire:
    return {
        "id": f"qr_{payment.id[4:]}",
        "entity": "qr_code",
        "name": "Acme Groceries",
        "usage": "multiple_use",
        "type": "upi_qr",
        "status": "active",
        "fixed_amount": False,
        "payment_amount": None,
        "payments_amount_received": payment.amount,
        "payments_count_received": 1,
        "notes": {"Branch": "Bangalore - Rajaji Nagar"},
        "created_at": payment.created_at,
    }
