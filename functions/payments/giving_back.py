"""How much of a capture went back, is on its way, or is left, and when to look again. Pure: arithmetic over what is
stored. Amounts in minor units."""

from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from functions.payments.evidence import Captured, Refunded, RefundStatus
from functions.payments.timers import ONE_MORE_LOOK, QUARANTINE_LOOK, next_look, no_timer, refund_look, timer
from shared.db.changes import changed
from shared.db.entities import Payment
from shared.lifecycle import PaymentStatus

WITH_MONEY: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING})
ONCE_CAPTURED: Final = WITH_MONEY | {PaymentStatus.REFUNDED}

LEAST_REFUND: Final = 100
"""Razorpay gives no less than a rupee back: https://razorpay.com/docs/api/refunds/create-normal/"""

Refunds = dict[str, Any]
"""Refund id to {amount, status}."""
Kept = dict[str, Any]
"""A captured payment: {amount, refunds, other_returns}; beside the one that counts also {currency, held}, and where the
gateway would not give it back `refused`: why."""


def own(payment: Payment) -> Kept:
    """A copy of the payment that counts; its amount is 0 until it is captured."""
    others = deepcopy(payment.other_returns.as_dict()) if payment.other_returns else {}
    return {"amount": int(payment.captured_amount), "refunds": payment.refunds.as_dict(), "other_returns": others}


def surplus(payment: Payment) -> dict[str, Kept]:
    """A copy of what was captured beside the payment that counts, by payment id."""
    return deepcopy(payment.surplus.as_dict()) if payment.surplus else {}


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
    return sum(int(each["amount"]) for each in refunds.values() if each["status"] == status)


def failures(refunds: Refunds) -> int:
    return sum(1 for each in refunds.values() if each["status"] == RefundStatus.FAILED)


def taken(kept: Kept) -> int:
    """What went back without a refund of the gateway's."""
    return sum(int(each["amount"]) for each in kept["other_returns"].values())


def arrived(kept: Kept) -> int:
    """What is back with the learner. More than the capture when a bank took what was being refunded."""
    return total(kept["refunds"], RefundStatus.PROCESSED) + taken(kept)


def left(kept: Kept) -> int:
    """What is neither back nor on its way back."""
    return int(kept["amount"]) - arrived(kept) - total(kept["refunds"], RefundStatus.PENDING)


def left_to_refund(payment: Payment) -> int:
    """What of the payment that counts is neither given back, nor on its way back, nor asked for."""
    return left(own(payment)) - sum(open_requests(payment.refund_requests.as_dict()).values())


def to_ask_back(kept: Kept) -> int:
    """What of a payment beside the one that counts has still to be asked back."""
    return 0 if kept["held"] else max(left(kept), 0)


def held(payment: Payment) -> dict[str, int]:
    """What lies here until an admin gives it back, or the right money comes, by payment id."""
    kept = surplus(payment).items()
    return {payment_id: left(each) for payment_id, each in kept if each["held"] and left(each) > 0}


def unsettled(payment: Payment) -> bool:
    """Whether something beside the payment that counts is not back yet."""
    return any(arrived(each) < each["amount"] for each in surplus(payment).values())


def open_requests(requests: dict[str, Any]) -> dict[str, int]:
    """The amounts of the requests that the gateway has not answered, or whose refund failed, by key."""
    return {key: int(each["amount"]) for key, each in requests.items() if each["refund_id"] == ""}


def reopened(requests: dict[str, Any], refund_id: str) -> dict[str, Any]:
    """The requests when that refund has failed: the one it answered is open again."""
    return {
        key: {**each, "refund_id": "", "failed": each.get("failed", 0) + 1} if each["refund_id"] == refund_id else each
        for key, each in requests.items()
    }


def last_look(payment: Payment, look: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The timer `look`, after money was taken otherwise. A refund of it may have been asked for, and its answer lost:
    before nobody looks any more, the gateway is asked once."""
    return timer(payment.order_id, now + ONE_MORE_LOOK) if payment.gsi2sk and look["gsi2sk"] is None else look


def watched(payment: Payment, changes: dict[str, Any], evidence: Captured, now: datetime) -> dict[str, Any]:
    """`changes` and the next look: soon when there is more to be heard, and whoever asked may die before it is told."""
    look = look_again(changed(payment, changes), now)
    soon = timer(payment.order_id, now + ONE_MORE_LOOK)
    sooner = look["gsi2sk"] is None or look["gsi2sk"] > soon["gsi2sk"]
    return changes | (soon if evidence.more and sooner else look)


def look_again(payment: Payment, now: datetime) -> dict[str, Any]:
    """The timer while anything is on its way back: at once for what was not asked for yet, later and later after
    refunds that failed; else the one the payment has anyway. `payment` as it is going to be."""
    requests = payment.refund_requests.as_dict() if payment.status in WITH_MONEY else {}
    beside = surplus(payment).values()
    tries = [requests[key].get("failed", 0) for key in open_requests(requests)]
    tries += [failures(each["refunds"]) for each in beside if to_ask_back(each)]
    if 0 in tries:
        return timer(payment.order_id, now)
    ways = [own(payment)["refunds"], *(each["refunds"] for each in beside)]
    pending = payment.status is PaymentStatus.REFUND_PENDING or any(total(each, RefundStatus.PENDING) for each in ways)
    if tries or pending:
        return timer(payment.order_id, now + refund_look(sum(map(failures, ways))))
    if held(payment):
        return timer(payment.order_id, now + QUARANTINE_LOOK)
    return next_look(payment, now) if payment.status is PaymentStatus.FAILED else no_timer()
