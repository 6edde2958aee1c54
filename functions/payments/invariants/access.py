"""I2 and I9: access has a foundation, and every step that led to it is told."""

from collections.abc import Iterator
from typing import Final

from functions.payments.invariants.history import history_errors
from functions.payments.invariants.ledger import Breach, Ledger
from shared.domain.lifecycle import (
    ADMIN_GRANT,
    ENROLLMENT_TRANSITIONS,
    FREE_GRANT,
    PAYMENT_TRANSITIONS,
    PaymentStatus,
    StatusReason,
)

_ALLOWED_SOURCES: Final = {
    StatusReason.WITHDRAWN: {"learner"},
    StatusReason.REVOKED: {"admin"},
    StatusReason.EXPIRED: {"sweep"},
}
"""Who alone may end an enrollment for that reason."""


def check_access_basis(ledger: Ledger) -> Iterator[Breach]:
    for (user_id, course_id), enrollment in ledger.enrollments.items():
        subject, basis = f"{user_id} {course_id}", enrollment.granted_by
        if not enrollment.status.gives_access:
            if basis is not None:
                yield Breach("I2", subject, f"{enrollment.status}, yet granted by {basis}")
            continue
        granting = [step for step in ledger.enrollment_steps[user_id, course_id] if step.changes.get("granted_by")]
        if basis in (FREE_GRANT, ADMIN_GRANT):
            teller = granting[-1].source if granting else None
            if teller != {FREE_GRANT: "learner", ADMIN_GRANT: "admin"}[basis]:
                yield Breach("I2", subject, f"granted as {basis} by {teller}")
            continue
        payment = ledger.payments.get(basis or "")
        if payment is None or (payment.user_id, payment.course_id) != (user_id, course_id):
            yield Breach("I2", subject, f"rests on {basis}, which is no payment of this learner for this course")
        elif payment.status not in (PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED):
            yield Breach("I2", subject, f"rests on {basis}, which is {payment.status}")


def check_history(ledger: Ledger) -> Iterator[Breach]:
    """The history of each item: complete, of listed transitions, and the item itself when folded."""
    for order_id, payment in ledger.payments.items():
        for wrong in history_errors(payment, ledger.payment_steps[order_id], PAYMENT_TRANSITIONS):
            yield Breach("I9", order_id, wrong)
        for step in ledger.payment_steps[order_id]:
            if step.changes.get("reason") == StatusReason.EXPIRED and step.at < payment.window_ends_at:
                yield Breach("I9", order_id, "expired while it could be paid")
    for learner, enrollment in ledger.enrollments.items():
        for wrong in history_errors(enrollment, ledger.enrollment_steps[learner], ENROLLMENT_TRANSITIONS):
            yield Breach("I9", " ".join(learner), wrong)
        for step in ledger.enrollment_steps[learner]:
            reason = step.changes.get("reason")
            if reason and step.source not in _ALLOWED_SOURCES.get(StatusReason(reason), {step.source}):
                yield Breach("I9", " ".join(learner), f"{reason} by {step.source}")
