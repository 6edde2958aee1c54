"""The browser returns from Razorpay Checkout. Razorpay is not called: a signature that only Razorpay can create proves
that the payment is authorized."""

from functions.payments.errors import OrderNotFound, SignatureInvalid
from functions.payments.signatures import is_valid_checkout_signature
from shared.db.payments import payments
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.evidence import SignedCheckout
from shared.settlement.settle import KnownItems, Settled, settle
from shared.tokens import Caller


def verify_checkout(caller: Caller, order_id: str, payment_id: str, signature: str) -> Settled:
    """Grants the course for a signed payment of an order of the caller. A repetition returns the same result.

    An invalid signature changes nothing. Raises OrderNotFound, SignatureInvalid, PaymentContention,
    StoreUnavailable."""
    payment = payments.get(order_id)
    if payment is None or payment.user_id != caller.user_id:
        raise OrderNotFound
    if not is_valid_checkout_signature(payment.order_id, payment_id, signature):
        logger().warning("checkout signature rejected", extra={"order_id": order_id})
        raise SignatureInvalid
    settled = settle(order_id, SignedCheckout(payment_id), Source.CHECKOUT, known=KnownItems(payment))
    if settled is None:
        raise OrderNotFound
    return settled
