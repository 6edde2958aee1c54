"""How much of a capture went back, is on its way, or is left, and when to look again. Pure: arithmetic over what is
stored. Amounts in minor units."""

from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from functions.payments.evidence import Refunded, RefundStatus
from functions.payments.timers import no_timer, refund_look, timer
from shared.db.entities import Payment
from shared.lifecycle import PaymentStatus

WITH_MONEY: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING})

LEAST_REFUND: Final = 100
"""Razorpay gives no less than a rupee back: https://razorpay.com/docs/api/refunds/create-normal/"""

Refunds = dict[str, Any]
"""Refund id to {amount, status}."""


def note(refunds: Refunds, evidence: Refunded) -> bool:
    """Takes the evidence down in `refunds`. False when it tells nothing new: an older message brings nothing back."""
    known = refunds.get(evidence.refund_id)
    if known and (
        evidence.status is RefundStatus.PENDING or known["status"] in (evidence.status, RefundStatus.PROCESSED)
    ):
        return False
    refunds[evidence.refund_id] = {"amount": evidence.amount, "status": evidence.status.value}
    return True


def total(refunds: Refunds, status: RefundStatus) -> int:
    return sum(each["amount"] for each in refunds.values() if each["status"] == status)


def failures(refunds: Refunds) -> int:
    return sum(1 for each in refunds.values() if each["status"] == RefundStatus.FAILED)


def left_to_refund(payment: Payment) -> int:
    """What of a captured payment is neither given back, nor on its way back, nor asked for."""
    asked_for = sum(open_requests(payment.refund_requests.as_dict()).values())
    return _left(int(payment.captured_amount), payment.refunds.as_dict()) - asked_for


def open_requests(requests: dict[str, Any]) -> dict[str, int]:
    """The amounts of the requests that the gateway has not answered, or whose refund failed, by key."""
    return {key: int(each["amount"]) for key, each in requests.items() if each["refund_id"] == ""}


def reopened(requests: dict[str, Any], refund_id: str) -> dict[str, Any]:
    """The requests when that refund has failed: the one it answered is open again."""
    return {
        key: {**each, "refund_id": "", "failed": each.get("failed", 0) + 1} if each["refund_id"] == refund_id else each
        for key, each in requests.items()
    }


def surplus(payment: Payment) -> dict[str, Any]:
    """A copy of what was captured beside the payment that counts, by payment id."""
    return deepcopy(payment.surplus.as_dict()) if payment.surplus else {}


def left_of_surplus(each: dict[str, Any]) -> int:
    """What of one of them has still to be asked back."""
    return 0 if each["charged_back"] else _left(int(each["amount"]), each["refunds"])


def look_again(payment: Payment, now: datetime) -> dict[str, Any]:
    """The timer while anything is on its way back: at once for what was not asked for yet, later and later after
    refunds that failed. `payment` as it is going to be."""
    has_money = payment.status in WITH_MONEY
    own = payment.refunds.as_dict() if has_money else {}
    requests = payment.refund_requests.as_dict() if has_money else {}
    beside = surplus(payment).values()
    tries = [requests[key].get("failed", 0) for key in open_requests(requests)]
    tries += [failures(each["refunds"]) for each in beside if left_of_surplus(each)]
    if 0 in tries:
        return timer(payment.order_id, now)
    ways = [own, *(each["refunds"] for each in beside)]
    pending = payment.status is PaymentStatus.REFUND_PENDING or any(total(each, RefundStatus.PENDING) for each in ways)
    wait = refund_look(sum(map(failures, ways)))
    return timer(payment.order_id, now + wait) if tries or pending else no_timer()


def _left(amount: int, refunds: Refunds) -> int:
    return amount - total(refunds, RefundStatus.PROCESSED) - total(refunds, RefundStatus.PENDING)
