"""Rules for learners' requests for refunds: when one is accepted, how it ends, and what ends it. Pure.

An approval demands the refund of the whole remaining balance in the same decision, so that one write stores both. An
open request belongs to a captured payment: whatever else returns the money for good, or demands its full refund, closes
the request in its own write. While a dispute is open, or refunds of the whole balance are under way, the request stays
open and waits: they may come to nothing, and the learner's window may be over by then.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum, auto
from typing import Final, assert_never

from shared.db.entities import Enrollment, Payment
from shared.db.payments.learner_requests import learner_request, readable_request
from shared.db.payments.payment_attributes import apply_payment_changes, primary_capture
from shared.domain.changes import PaymentChanges
from shared.domain.learner_requests import (
    BY_RULE,
    DECIDED,
    MAX_REQUESTS,
    ClosedBy,
    LearnerRequest,
    RefundTerms,
    RequestState,
    WaitsFor,
)
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.balances import MIN_REFUND, has_open_dispute, on_hold, unrequested_balance
from shared.settlement.decision import NO_CHANGE, Decision, Verdict
from shared.settlement.evidence import (
    AccessRevoked,
    DisputeReported,
    Evidence,
    LearnerRequestDecided,
    LearnerRequestEvidence,
    LearnerRequestOpened,
    LearnerRequestWithdrawn,
    RefundRequested,
)
from shared.settlement.rules.request_rules import gateway_refunds_until, refund_requested

_FULL_REFUND: Final = RefundRequested("all", None)


class Obstacle(StrEnum):
    """Why a learner cannot request a refund of a payment now."""

    ALREADY_OPEN = auto()
    DECIDED = auto()
    ON_HOLD = auto()
    NOT_CAPTURED = auto()
    """Also: refunded, or its refund is demanded."""
    TOO_LITTLE = auto()
    """Less is left than Razorpay refunds."""
    DISPUTED = auto()
    WINDOW_CLOSED = auto()
    """Also: the seller accepts no requests."""
    USED_UP = auto()
    """MAX_REQUESTS of them were withdrawn or closed."""
    TOO_OLD = auto()
    """Razorpay refunds the payment no more."""
    TOO_FAR = auto()
    """More lessons are completed than the limit allows."""


def obstacle(payment: Payment, terms: RefundTerms, now: datetime, progress: int = 0) -> Obstacle | None:
    """What keeps the learner from requesting a refund, with `progress` percent of the lessons completed; None if
    nothing does."""
    request = _current(payment)
    if request and request.is_open:
        return Obstacle.ALREADY_OPEN
    if request and request.state in DECIDED:
        return Obstacle.DECIDED
    unpaid = _money_obstacle(payment)
    if unpaid:
        return unpaid
    if is_too_little(payment):
        return Obstacle.TOO_LITTLE
    if now >= window_end(payment, terms):
        return Obstacle.WINDOW_CLOSED
    if now > gateway_refunds_until(payment):
        return Obstacle.TOO_OLD
    if request and request.number >= MAX_REQUESTS:
        return Obstacle.USED_UP
    return Obstacle.TOO_FAR if progress > terms.progress_limit else None


def is_repetition(payment: Payment, reason: str) -> bool:
    """Whether the learner's request with this reason is approved already: a double click, or the answer was lost."""
    request = _current(payment)
    return request is not None and request.state is RequestState.APPROVED and request.reason == reason


def is_too_little(payment: Payment) -> bool:
    """Whether less is left of the captured payment than Razorpay refunds: an approval would end the access, and the
    refund would be rejected for good."""
    return unrequested_balance(payment) < MIN_REFUND


def window_end(payment: Payment, terms: RefundTerms) -> datetime:
    """The end of the window of a captured payment (UTC, excluded). Its beginning is `captured_at`, not the order: a
    capture that we learn of late, or an admin accepts late, leaves the learner the whole window. Of an old order,
    Razorpay's time for refunds may end before: see `gateway_refunds_until`."""
    return (payment.captured_at or payment.created_at) + terms.window


def _current(payment: Payment) -> LearnerRequest | None:
    """The request about the present primary capture. An earlier one that was refunded had a request of its own."""
    request = learner_request(payment)
    return request if request and request.payment_id == payment.payment_id else None


def _money_obstacle(payment: Payment) -> Obstacle | None:
    if payment.status is not PaymentStatus.CAPTURED:
        return Obstacle.ON_HOLD if on_hold(payment) else Obstacle.NOT_CAPTURED
    match waits_for(payment):
        case WaitsFor.DISPUTE:
            return Obstacle.DISPUTED
        case WaitsFor.REFUND:
            return Obstacle.NOT_CAPTURED
    return None


def waits_for(payment: Payment) -> WaitsFor | None:
    """What keeps everybody from deciding about an open request for a refund of the captured payment, for now."""
    if has_open_dispute(primary_capture(payment)):
        return WaitsFor.DISPUTE
    return WaitsFor.REFUND if unrequested_balance(payment) <= 0 else None


def decide_learner_request(
    payment: Payment, enrollment: Enrollment | None, evidence: LearnerRequestEvidence, now: datetime
) -> Decision:
    match evidence:
        case LearnerRequestOpened():
            return _opened(payment, enrollment, evidence, now)
        case LearnerRequestWithdrawn():
            return _withdrawn(payment, now)
        case LearnerRequestDecided():
            return _decided(payment, enrollment, evidence, now)
        case _:
            assert_never(evidence)


def _opened(payment: Payment, enrollment: Enrollment | None, evidence: LearnerRequestOpened, now: datetime) -> Decision:
    if is_repetition(payment, evidence.reason):
        return NO_CHANGE
    if obstacle(payment, evidence.terms, now, evidence.progress):
        return Decision(Verdict.REJECTED)
    before = _current(payment)
    request = LearnerRequest(
        RequestState.OPEN,
        payment.payment_id,
        evidence.reason,
        evidence.progress,
        now,
        before.number + 1 if before else 1,
    )
    if evidence.terms.by_rule:
        return _approved(payment, enrollment, replace(request, decided_by=BY_RULE), now)
    return Decision(Verdict.RECORDED, PaymentChanges(learner_request=request))


def _withdrawn(payment: Payment, now: datetime) -> Decision:
    request = _current(payment)
    if request and request.state is RequestState.WITHDRAWN:
        return NO_CHANGE
    if request is None or not request.is_open:
        return Decision(Verdict.REJECTED)
    withdrawn = replace(request, state=RequestState.WITHDRAWN, ended_at=now)
    return Decision(Verdict.RECORDED, PaymentChanges(learner_request=withdrawn))


def _decided(
    payment: Payment, enrollment: Enrollment | None, evidence: LearnerRequestDecided, now: datetime
) -> Decision:
    request = _current(payment)
    if request is None or not request.is_open or request.number != evidence.number or waits_for(payment):
        return Decision(Verdict.REJECTED)
    request = replace(request, decided_by=evidence.admin_id, note=evidence.note)
    if evidence.approved:
        return _approved(payment, enrollment, request, now)
    declined = replace(request, state=RequestState.DECLINED, ended_at=now)
    return Decision(Verdict.RECORDED, PaymentChanges(learner_request=declined))


def _approved(payment: Payment, enrollment: Enrollment | None, request: LearnerRequest, now: datetime) -> Decision:
    """The refund of the whole remaining balance, as if an admin had demanded it, and the approval that led to it."""
    refund = refund_requested(payment, enrollment, _FULL_REFUND, now)
    if is_too_little(payment) or not refund.verdict.is_written:
        return Decision(Verdict.REJECTED)
    approved = replace(request, state=RequestState.APPROVED, ended_at=now)
    return replace(refund, payment=replace(refund.payment, learner_request=approved))


def with_closed_request(payment: Payment, decision: Decision, evidence: Evidence, now: datetime) -> Decision:
    """`decision`, which also closes the open request if the money is gone: returned for good, or its full refund is
    demanded. A request that cannot be read stays as it is."""
    request = readable_request(payment)
    if request is None or not request.is_open or isinstance(evidence, LearnerRequestEvidence):
        return decision
    after = apply_payment_changes(payment, decision.payment)
    if after.status is PaymentStatus.CAPTURED and after.payment_id == request.payment_id:
        return decision
    closed = replace(request, state=RequestState.CLOSED, ended_at=now, closed_by=_closed_by(evidence))
    return replace(decision, payment=replace(decision.payment, learner_request=closed))


def _closed_by(evidence: Evidence) -> ClosedBy:
    match evidence:
        case AccessRevoked():
            return ClosedBy.ACCESS_REVOKED
        case DisputeReported():
            return ClosedBy.DISPUTE
        case _:
            return ClosedBy.REFUND
