"""The refunds that wait, and the age of the oldest: metrics of the invariant check.

A refund waits from its decision until the learner has the money: while Razorpay was not asked for it, rejected it for
now, has it pending, or a dispute is open. Nothing that is due to a learner is left out.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from functions.payments.invariants.history import Step
from functions.payments.invariants.ledger import Ledger
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import (
    capture_from,
    extra_captures,
    primary_capture,
    refund_requests,
)
from shared.domain.captures import CapturedPayment, RefundStatus
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.balances import HOLDING_FUNDS, open_requests, refunded_total

_State = dict[str, Any]
"""The attributes of a payment after a step of its history, as they are stored."""


def waiting_refunds(ledger: Ledger) -> list[datetime]:
    """When each refund that still waits was decided (UTC), in no particular order: payments that are `refund_pending`,
    open refund requests, extra captures that are not on hold and not refunded, and pending refunds of other payments.

    A refund may wait more than once; its latest decision counts. One whose decision is not in the history is left out:
    the history was read before the decision was written, and the payment after it."""
    decisions = (
        _waits_since(ledger.payment_steps[order_id], waits)
        for order_id, payment in ledger.payments.items()
        for waits in _waiting(payment)
    )
    return [decision for decision in decisions if decision]


def oldest_refund_hours(ledger: Ledger) -> int:
    """Whole hours since the oldest waiting refund was decided; 0 when none waits."""
    decisions = waiting_refunds(ledger)
    return (ledger.as_of - min(decisions)) // timedelta(hours=1) if decisions else 0


def _waiting(payment: Payment) -> Iterator[Callable[[_State], bool]]:
    """For each refund that waits: the test whether it waited after a step of the history."""
    pending_ids = [key for key, refund in primary_capture(payment).refunds.items() if refund.status.is_pending]
    if payment.status is PaymentStatus.REFUND_PENDING:
        yield _is_refund_pending
    elif payment.status in HOLDING_FUNDS:
        yield from (partial(_is_pending, refund_id) for refund_id in pending_ids)
    if payment.status in HOLDING_FUNDS:
        yield from (partial(_is_requested, key) for key in open_requests(refund_requests(payment)))
    for payment_id, capture in extra_captures(payment).items():
        if _is_unrefunded(capture):
            yield partial(_is_extra_unrefunded, payment_id)


def _is_refund_pending(state: _State) -> bool:
    return state.get("status") == PaymentStatus.REFUND_PENDING


def _is_pending(refund_id: str, state: _State) -> bool:
    refund = (state.get("refunds") or {}).get(refund_id)
    return refund is not None and RefundStatus(refund["status"]).is_pending


def _is_requested(key: str, state: _State) -> bool:
    """Whether the request is recorded, and no refund of it is processed."""
    request = (state.get("refund_requests") or {}).get(key)
    if request is None:
        return False
    refund = (state.get("refunds") or {}).get(request["refund_id"])
    return refund is None or refund["status"] != RefundStatus.PROCESSED


def _is_extra_unrefunded(payment_id: str, state: _State) -> bool:
    stored = (state.get("surplus") or {}).get(payment_id)
    return stored is not None and _is_unrefunded(capture_from(stored))


def _is_unrefunded(capture: CapturedPayment) -> bool:
    """Whether the capture is to be refunded, and is not refunded in full."""
    return not capture.on_hold and refunded_total(capture) < capture.amount


def _waits_since(steps: list[Step], waits: Callable[[_State], bool]) -> datetime | None:
    """The time of the latest step from which on the refund has waited without a break; None when it never did."""
    since: datetime | None = None
    state: _State = {}
    for step in steps:
        state = state | step.changes
        since = (since or step.at) if waits(state) else None
    return since
