"""The refunds that wait, and since when: metrics of the invariant check.

A refund waits from its decision until the learner has the money: while Razorpay was not asked for it, rejected it for
now, has it pending, or a dispute is open. Nothing that is due to a learner is left out.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
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
    refund requests without a processed refund, extra captures that are not on hold and not refunded, and pending
    refunds that no admin requested here. A pending refund of a `refund_pending` payment is part of its refund.

    A refund may wait more than once; its latest decision counts. One whose decision is not in the history is left out:
    the history was read before the decision was written, and the payment after it."""
    decisions = (
        _waits_since(ledger.payment_steps[order_id], waits)
        for order_id, payment in ledger.payments.items()
        for waits in _waiting(payment)
    )
    return [decision for decision in decisions if decision]


def _waiting(payment: Payment) -> Iterator[Callable[[_State], bool]]:
    """For each refund that waits: the test whether it waited after a step of the history."""
    if payment.status is PaymentStatus.REFUND_PENDING:
        yield _is_refund_pending
        yield from (partial(_is_requested, key) for key in open_requests(refund_requests(payment)))
    elif payment.status in HOLDING_FUNDS:
        yield from _waiting_parts(payment)
    for payment_id, capture in extra_captures(payment).items():
        if _is_unrefunded(capture):
            yield partial(_is_extra_unrefunded, payment_id)


def _waiting_parts(payment: Payment) -> Iterator[Callable[[_State], bool]]:
    """Partial refunds: requests that are open or whose refund is pending, and other pending refunds."""
    refunds, requests = primary_capture(payment).refunds, refund_requests(payment)
    pending_ids = {refund_id for refund_id, refund in refunds.items() if refund.status.is_pending}
    for key, request in requests.items():
        if request.is_open or request.refund_id in pending_ids:
            yield partial(_is_requested, key)
    requested_ids = {request.refund_id for request in requests.values()}
    yield from (partial(_is_pending, refund_id) for refund_id in pending_ids - requested_ids)


def _is_refund_pending(state: _State) -> bool:
    return state.get("status") == PaymentStatus.REFUND_PENDING


def _is_pending(refund_id: str, state: _State) -> bool:
    refund = (state.get("refunds") or {}).get(refund_id)
    return refund is not None and RefundStatus(refund["status"]).is_pending


def _is_requested(key: str, state: _State) -> bool:
    """Whether the request is recorded, not rejected for good, and no refund of it is processed."""
    request = (state.get("refund_requests") or {}).get(key)
    if request is None or request.get("closed"):
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
