"""Why Razorpay rejects a refund: for now, or for good. The only module that reads the words of its refund errors.

Razorpay states the code BAD_REQUEST_ERROR and no `reason` for all of them, so their descriptions are compared. The
lists of errors: https://razorpay.com/docs/api/refunds/create-normal/#errors,
https://razorpay.com/docs/payments/refunds/errors/ and
https://razorpay.com/docs/api/refunds/normal-refunds-idempotent/#errors
"""

from typing import Final

from shared.gateways.razorpay import GatewayRejected

_REJECTED_FOR_GOOD: Final = (
    ("greater than amount captured", "more than what is left of the payment is requested"),
    ("fully refunded already", "nothing is left of the payment"),
    ("amount must be at least", "less than one rupee is requested"),
    ("more than 6 months old", "banks refund no payment that is older than six months"),
    ("older than 6 months", "the same, in another wording"),
    ("is not a valid id", "Razorpay does not know the payment"),
)
"""A part of the description in lower case, and what it means: the same request can never be accepted.

Every other rejection is one for now. Razorpay documents "Your account does not have enough balance to carry out the
refund operation", which ends with the next settlement or added funds; the others have no documented end, such as a
payment with a dispute, or refunds that are disabled for the account."""

_SAME_KEY: Final = 409
"""Razorpay is still processing a request with the same idempotency key, or has processed one with another body."""
_OTHER_BODY: Final = "different request with the same idempotency key"


def has_other_body(error: GatewayRejected) -> bool:
    """Whether Razorpay has processed a request with the same idempotency key and another body."""
    return _OTHER_BODY in _description(error)


def is_in_progress(error: GatewayRejected) -> bool:
    """Whether the refund is neither made nor rejected yet."""
    return error.status == _SAME_KEY and not has_other_body(error)


def is_final(error: GatewayRejected) -> bool:
    """Whether Razorpay can never accept the same request. An unknown rejection is one for now."""
    return any(words in _description(error) for words, _ in _REJECTED_FOR_GOOD)


def _description(error: GatewayRejected) -> str:
    """In lower case."""
    return str(error.error.get("description") or "").lower()
