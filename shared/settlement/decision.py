"""The result of `decide`, and the predicates that its rules share."""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from shared.db.entities import Enrollment, Payment
from shared.domain.changes import EnrollmentChanges, PaymentChanges
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason


class Verdict(StrEnum):
    NO_CHANGE = auto()
    """The evidence is known already, or does not apply: nothing is written."""
    RECORDED = auto()
    """The payment changes, or only its history or next poll. Neither access nor the sale does."""
    GRANTED = auto()
    CAPTURED = auto()
    REFUND_DUE = auto()
    EXPIRED = auto()
    REFUNDED = auto()
    REVOKED = auto()
    ON_HOLD = auto()
    REJECTED = auto()
    """The request is not possible: nothing is written."""

    @property
    def is_written(self) -> bool:
        """Whether the decision writes anything."""
        return self not in (Verdict.NO_CHANGE, Verdict.REJECTED)


_NOTHING: Final = PaymentChanges()


@dataclass(frozen=True)
class Decision:
    """What changes. The enrollment stays as it is where `enrollment` is None."""

    verdict: Verdict
    payment: PaymentChanges = _NOTHING
    enrollment: EnrollmentChanges | None = None


NO_CHANGE: Final = Decision(Verdict.NO_CHANGE)


UNCAPTURED: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED})
REGRANTABLE_REASONS: Final = frozenset({StatusReason.EXPIRED, StatusReason.NOT_CAPTURED, StatusReason.MISMATCH})
"""An enrollment that was cancelled only because no matching payment was made: a late payment grants the course."""
HELD_REASONS: Final = frozenset({StatusReason.MISMATCH, StatusReason.ORPHANED})
"""The reasons of an order whose money is on hold, or would be."""


def held_reason(payment: Payment) -> StatusReason:
    """The reason while a payment of the order is on hold. An orphaned order stays orphaned: later money on it is on
    hold too."""
    return StatusReason.ORPHANED if payment.reason is StatusReason.ORPHANED else StatusReason.MISMATCH


def is_basis_of(payment: Payment, enrollment: Enrollment | None) -> bool:
    """Whether the learner has access, and this payment granted it."""
    return enrollment is not None and enrollment.status.gives_access and enrollment.granted_by == payment.order_id


def is_awaited_by(payment: Payment, enrollment: Enrollment | None) -> bool:
    """Whether the learner's enrollment is pending until this order is paid."""
    if enrollment is None or enrollment.status is not EnrollmentStatus.PENDING:
        return False
    return bool(enrollment.order_id == payment.order_id)


def may_grant(enrollment: Enrollment | None) -> bool:
    """Whether a payment grants the course: the learner has no access, and did not end it deliberately."""
    if enrollment is None or enrollment.status is EnrollmentStatus.PENDING:
        return True
    return enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason in REGRANTABLE_REASONS
