"""What `decide` answers, and what its rules have in common."""

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, Final

from shared.db.entities import Enrollment, Payment
from shared.domain.lifecycle import EnrollmentStatus
from shared.settlement.evidence import Authorized, Captured


class Verdict(StrEnum):
    NO_CHANGE = auto()
    """Nothing new: no write."""
    RECORDED = auto()
    """Only the history grows, or the next look moves."""
    GRANTED = auto()
    CAPTURED = auto()
    REFUND_DUE = auto()
    EXPIRED = auto()
    REFUNDED = auto()
    REVOKED = auto()
    ON_HOLD = auto()
    REJECTED = auto()
    """What was asked for cannot be: no write."""


@dataclass(frozen=True)
class Decision:
    """Attribute changes of both items; an empty dict leaves the item alone."""

    verdict: Verdict
    payment: dict[str, Any] = field(default_factory=dict)
    enrollment: dict[str, Any] = field(default_factory=dict)


NO_CHANGE: Final = Decision(Verdict.NO_CHANGE)


def amount_matches(payment: Payment, evidence: Authorized | Captured) -> bool:
    """Whether it is the money that the order asked for."""
    return (evidence.amount, evidence.currency) == (payment.amount, payment.currency)


def is_basis_of(payment: Payment, enrollment: Enrollment | None) -> bool:
    """Whether the learner's access is the one this payment gave."""
    return enrollment is not None and enrollment.status.gives_access and enrollment.granted_by == payment.order_id


def is_awaited_by(payment: Payment, enrollment: Enrollment | None) -> bool:
    """Whether the learner's enrollment is pending until this payment comes."""
    if enrollment is None or enrollment.status is not EnrollmentStatus.PENDING:
        return False
    return bool(enrollment.order_id == payment.order_id)
