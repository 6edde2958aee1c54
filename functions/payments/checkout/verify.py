"""The browser comes back from Checkout. No call to the gateway: a signature only Razorpay can make is proof enough that
the payment is authorised."""

from functions.payments.errors import OrderNotFound, SignatureInvalid
from functions.payments.signatures import is_valid_checkout_signature
from shared.db.payments import payments
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.evidence import SignedCheckout
from shared.settlement.settle import Settled, settle
from shared.tokens import Caller


def verify_checkout(caller: Caller, order_id: str, payment_id: str, signature: str) -> Settled:
    """Grants the course for a rightly signed payment of one's own order; again, the same answer.

    A wrong signature changes nothing. Raises OrderNotFound, SignatureInvalid, StillChanging, StoreUnavailable."""
    payment = payments.get(order_id)
    if payment is None or payment.user_id != caller.user_id:
        raise OrderNotFound
    if not is_valid_checkout_signature(payment.order_id, payment_id, signature):
        logger().warning("checkout signature rejected", extra={"order_id": order_id})
        raise SignatureInvalid
    settled = settle(order_id, SignedCheckout(payment_id), Source.CHECKOUT, known_payment=payment)
    if settled is None:
        raise OrderNotFound
    return settled
