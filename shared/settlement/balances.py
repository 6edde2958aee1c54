"""How much of a captured payment was refunded, is being refunded, or is left. Pure arithmetic over what is stored.
Amounts in minor units."""

from copy import deepcopy
from typing import Any, Final

from shared.db.entities import Payment
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.evidence import Refunded, RefundStatus

HOLDING_FUNDS: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING})
EVER_CAPTURED: Final = HOLDING_FUNDS | {PaymentStatus.REFUNDED}

MIN_REFUND: Final = 100
"""Razorpay gives no less than a rupee back: https://razorpay.com/docs/api/refunds/create-normal/"""

Refunds = dict[str, Any]
"""Refund id to {amount, status}."""
CapturedPayment = dict[str, Any]
"""A captured payment: {amount, refunds, other_returns}; beside the one that counts also {currency, held}, and where the
gateway would not give it back `refused`: why."""


def primary_capture(payment: Payment) -> CapturedPayment:
    """A copy of the payment that counts; its amount is 0 until it is captured."""
    others = deepcopy(payment.other_returns.as_dict()) if payment.other_returns else {}
    return {"amount": int(payment.captured_amount), "refunds": payment.refunds.as_dict(), "other_returns": others}


def extra_captures(payment: Payment) -> dict[str, CapturedPayment]:
    """A copy of what was captured beside the payment that counts, by payment id."""
    return deepcopy(payment.surplus.as_dict()) if payment.surplus else {}


def record_refund(refunds: Refunds, evidence: Refunded) -> bool:
    """Takes the evidence down in `refunds`. False when it tells nothing new: an older message brings nothing back."""
    known = refunds.get(evidence.refund_id)
    if known and (
        evidence.status is RefundStatus.PENDING or known["status"] in (evidence.status, RefundStatus.PROCESSED)
    ):
        return False
    refunds[evidence.refund_id] = {"amount": evidence.amount, "status": evidence.status.value}
    return True


def sum_by_status(refunds: Refunds, status: RefundStatus) -> int:
    return sum(int(each["amount"]) for each in refunds.values() if each["status"] == status)


def failed_count(refunds: Refunds) -> int:
    return sum(1 for each in refunds.values() if each["status"] == RefundStatus.FAILED)


def reversed_amount(capture: CapturedPayment) -> int:
    """What went back without a refund of the gateway's."""
    return sum(int(each["amount"]) for each in capture["other_returns"].values())


def refunded_total(capture: CapturedPayment) -> int:
    """What is back with the learner. More than the capture when a bank took what was being refunded."""
    return sum_by_status(capture["refunds"], RefundStatus.PROCESSED) + reversed_amount(capture)


def refundable_balance(capture: CapturedPayment) -> int:
    """What is neither back nor on its way back."""
    return int(capture["amount"]) - refunded_total(capture) - sum_by_status(capture["refunds"], RefundStatus.PENDING)


def unrequested_balance(payment: Payment) -> int:
    """What of the payment that counts is neither given back, nor on its way back, nor asked for."""
    return refundable_balance(primary_capture(payment)) - sum(open_requests(payment.refund_requests.as_dict()).values())


def refund_due(capture: CapturedPayment) -> int:
    """What of a payment beside the one that counts has still to be asked back."""
    return 0 if capture["held"] else max(refundable_balance(capture), 0)


def on_hold(payment: Payment) -> dict[str, int]:
    """What lies here until an admin gives it back, or the right money comes, by payment id."""
    kept = extra_captures(payment).items()
    return {
        payment_id: refundable_balance(each)
        for payment_id, each in kept
        if each["held"] and refundable_balance(each) > 0
    }


def has_unrefunded_extras(payment: Payment) -> bool:
    """Whether something beside the payment that counts is not back yet."""
    return any(refunded_total(each) < each["amount"] for each in extra_captures(payment).values())


def open_requests(requests: dict[str, Any]) -> dict[str, int]:
    """The amounts of the requests that the gateway has not answered, or whose refund failed, by key."""
    return {key: int(each["amount"]) for key, each in requests.items() if each["refund_id"] == ""}


def reopen_request(requests: dict[str, Any], refund_id: str) -> dict[str, Any]:
    """The requests when that refund has failed: the one it answered is open again."""
    return {
        key: {**each, "refund_id": "", "failed": each.get("failed", 0) + 1} if each["refund_id"] == refund_id else each
        for key, each in requests.items()
    }
