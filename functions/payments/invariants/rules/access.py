"""I2: all access is paid for or granted. I9: every state change is in the history and is an allowed transition."""

from collections.abc import Iterator
from typing import Final

from functions.payments.invariants.history import history_errors
from functions.payments.invariants.ledger import Breach, Learner, Ledger, learner_of
from shared.db.entities import Enrollment
from shared.domain.lifecycle import (
    ADMIN_GRANT,
    ENROLLMENT_TRANSITIONS,
    FREE_GRANT,
    PAYMENT_TRANSITIONS,
    PaymentStatus,
    StatusReason,
)
from shared.history_kinds import Source

_GRANT_SOURCES: Final = {FREE_GRANT: Source.LEARNER, ADMIN_GRANT: Source.ADMIN}
"""The source that a grant without a payment must have in the history."""

_REASON_SOURCES: Final = {
    StatusReason.WITHDRAWN: Source.LEARNER,
    StatusReason.REVOKED: Source.ADMIN,
    StatusReason.EXPIRED: Source.SWEEP,
}
"""The only source that may change an enrollment for that reason."""

_GRANTING_STATUSES: Final = (PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED)


def check_access_basis(ledger: Ledger) -> Iterator[Breach]:
    """I2. Access has a basis: an authorized or captured payment of that learner for that course, an admin's grant, or
    the learner's enrollment in a free course. An enrollment without access has no basis."""
    for learner, enrollment in ledger.enrollments.items():
        error = _basis_error(ledger, learner, enrollment)
        if error:
            yield Breach("I2", str(learner), error)


def _basis_error(ledger: Ledger, learner: Learner, enrollment: Enrollment) -> str | None:
    basis = enrollment.granted_by
    if not enrollment.status.gives_access:
        return None if basis is None else f"{enrollment.status}, but still granted by {basis}"
    if basis in _GRANT_SOURCES:
        return _grant_error(ledger, learner, basis)
    return _payment_basis_error(ledger, learner, basis)


def _grant_error(ledger: Ledger, learner: Learner, basis: str) -> str | None:
    sources = [step.source for step in ledger.enrollment_steps[learner] if step.changes.get("granted_by")]
    source = sources[-1] if sources else None
    return None if source is _GRANT_SOURCES[basis] else f"granted as {basis} by {source}"


def _payment_basis_error(ledger: Ledger, learner: Learner, basis: str | None) -> str | None:
    payment = ledger.payments.get(basis or "")
    if payment is None or learner_of(payment) != learner:
        return f"granted by {basis}, which is no payment of this learner for this course"
    return None if payment.status in _GRANTING_STATUSES else f"granted by {basis}, which is {payment.status}"


def check_payment_history(ledger: Ledger) -> Iterator[Breach]:
    """I9. The history of each payment is complete, has only allowed transitions, and replays to the stored item. No
    order expires before its window ends."""
    for order_id, payment in ledger.payments.items():
        steps = ledger.payment_steps[order_id]
        for error in history_errors(payment, steps, PAYMENT_TRANSITIONS):
            yield Breach("I9", order_id, error)
        for step in steps:
            if step.changes.get("reason") == StatusReason.EXPIRED and step.at < payment.window_ends_at:
                yield Breach("I9", order_id, "expired before the order window ended")


def check_enrollment_history(ledger: Ledger) -> Iterator[Breach]:
    """I9. The same for enrollments. Only the learner withdraws, only an admin revokes, and only the sweep expires an
    enrollment."""
    for learner, enrollment in ledger.enrollments.items():
        steps = ledger.enrollment_steps[learner]
        for error in history_errors(enrollment, steps, ENROLLMENT_TRANSITIONS):
            yield Breach("I9", str(learner), error)
        for step in steps:
            reason = step.changes.get("reason")
            if reason and step.source is not _REASON_SOURCES.get(StatusReason(reason), step.source):
                yield Breach("I9", str(learner), f"{reason} by {step.source}")
