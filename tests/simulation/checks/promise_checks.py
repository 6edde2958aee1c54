"""I12: what the product promised by a 2xx response is in the ledger, and at rest it is done."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from functions.payments.invariants.ledger import Breach, Learner, Ledger, learner_of
from shared.db.payments.payment_attributes import refund_requests
from shared.domain.lifecycle import ADMIN_GRANT, PaymentStatus, StatusReason
from tests.simulation.promises import (
    AccessPromise,
    Acknowledgement,
    DecisionPromise,
    HoldRefundPromise,
    LearnerRequestPromise,
    Promise,
    RefundPromise,
    WebhookAcknowledgement,
)
from tests.simulation.session import SimulationSession


def check_recorded(session: SimulationSession, ledger: Ledger) -> Iterator[Breach]:
    """At any time: the history contains the effect of every response."""
    yield from _errors(session, ledger, _RECORDED)


def check_kept(session: SimulationSession, ledger: Ledger) -> Iterator[Breach]:
    """At rest: every promised refund has been made, or its request is closed with Razorpay's reason. Of a payment that
    was returned in full, by whatever, nothing is left to refund: its open requests wait until something of it is ours
    again."""
    yield from _errors(session, ledger, _KEPT)


def request_key(promise: RefundPromise) -> str:
    """The key of the stored request, which the notes of its refund contain."""
    return hashlib.sha256(f"{promise.order_id}:{promise.idempotency_key}".encode()).hexdigest()[:24]


def _errors(session: SimulationSession, ledger: Ledger, checks: "dict[type, _Check]") -> Iterator[Breach]:
    for promise in session.promises:
        check = checks.get(type(promise))
        error = check(session, ledger, promise) if check else None
        if error:
            yield Breach("I12", _subject(promise), error)


def _subject(promise: Promise) -> str:
    if isinstance(promise, AccessPromise):
        return f"{promise.user_id} {promise.course_id}"
    return promise.event_id if isinstance(promise, WebhookAcknowledgement) else promise.order_id


def _event_error(session: SimulationSession, _: Ledger, promise: WebhookAcknowledgement) -> str | None:
    known = (f"WEBHOOK#{promise.event_id}", "EVENT") in session.environment.table.items
    return None if known else "acknowledged, but not in the inbox"


def _status_error(_: SimulationSession, ledger: Ledger, promise: Acknowledgement) -> str | None:
    steps = ledger.payment_steps[promise.order_id]
    if promise.payment_status not in [step.changes.get("status") for step in steps]:
        return f"the response said {promise.payment_status}, which is not in its history"
    payment = ledger.payments.get(promise.order_id)
    learner = learner_of(payment) if payment else Learner("", "")
    granted = [step.changes.get("granted_by") for step in ledger.enrollment_steps[learner]]
    if promise.granted and promise.order_id not in granted:
        return "the response granted access, which is not in the enrollment's history"
    return None


def _access_error(_: SimulationSession, ledger: Ledger, promise: AccessPromise) -> str | None:
    steps = ledger.enrollment_steps[Learner(promise.user_id, promise.course_id)]
    if promise.granted:
        found = any(step.changes.get("granted_by") == ADMIN_GRANT for step in steps)
    else:
        found = any(step.changes.get("reason") == StatusReason.REVOKED for step in steps)
    return None if found else f"the response {'granted' if promise.granted else 'revoked'} access: not in the history"


def _request_error(_: SimulationSession, ledger: Ledger, promise: LearnerRequestPromise) -> str | None:
    found = {"reason": promise.reason, "state": promise.state}
    return (
        None if _has_request(ledger, promise.order_id, found) else f"a request is {promise.state}: not in the history"
    )


def _decision_error(_: SimulationSession, ledger: Ledger, promise: DecisionPromise) -> str | None:
    state = "approved" if promise.approved else "declined"
    found = {"note": promise.note, "state": state, "reason": promise.reason}
    return None if _has_request(ledger, promise.order_id, found) else f"a request was {state}: not in the history"


def _has_request(ledger: Ledger, order_id: str, expected: dict[str, str]) -> bool:
    """Whether a step of the payment stored a learner's request with these values."""
    stored = [step.changes.get("learner_request") or {} for step in ledger.payment_steps[order_id]]
    return any(expected.items() <= each.items() for each in stored)


def _approval_error(
    _: SimulationSession, ledger: Ledger, promise: DecisionPromise | LearnerRequestPromise
) -> str | None:
    approved = promise.approved if isinstance(promise, DecisionPromise) else promise.state == "approved"
    status = ledger.payments[promise.order_id].status
    if not approved or status is PaymentStatus.REFUNDED:
        return None
    return f"the refund of an approved request is not made: {status}"


def _refund_error(_: SimulationSession, ledger: Ledger, promise: RefundPromise) -> str | None:
    payment = ledger.payments[promise.order_id]
    if payment.status is PaymentStatus.REFUNDED:
        return None
    if promise.amount is None:
        return f"the promised full refund is not made: {payment.status}"
    request = refund_requests(payment).get(request_key(promise))
    if request is None:
        return f"the promised refund of {promise.amount} is forgotten"
    return f"the promised refund of {promise.amount} still waits" if request.is_open else None


def _hold_error(session: SimulationSession, _: Ledger, promise: HoldRefundPromise) -> str | None:
    payment = session.ledger.payments[promise.payment_id]
    disputes = [dispute for dispute in session.ledger.disputes.values() if dispute.payment_id == promise.payment_id]
    returned = payment.amount_refunded + sum(dispute.amount_deducted for dispute in disputes)
    if returned >= payment.amount:
        return None
    return f"the promised refund of {promise.payment_id} on hold: only {returned} of {payment.amount} was returned"


_Check = Callable[[SimulationSession, Ledger, Any], str | None]
_RECORDED: Final[dict[type, _Check]] = {
    Acknowledgement: _status_error,
    WebhookAcknowledgement: _event_error,
    AccessPromise: _access_error,
    LearnerRequestPromise: _request_error,
    DecisionPromise: _decision_error,
}
_KEPT: Final[dict[type, _Check]] = {
    RefundPromise: _refund_error,
    HoldRefundPromise: _hold_error,
    LearnerRequestPromise: _approval_error,
    DecisionPromise: _approval_error,
}
