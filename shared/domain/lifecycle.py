"""Enums of roles, states and reasons, and the allowed transitions of each state.

The values are stored and sent exactly as written here, except NO_LONGER_WANTED, which has a public name. A transition
that is not in the tables is a bug: database writes are conditional on the previous state, and the tests cover every
state.
"""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    STUDENT = "student"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"


class UserStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class CourseLevel(StrEnum):
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class CourseStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class LessonKind(StrEnum):
    VIDEO = "video"
    TEXT = "text"


class EnrollmentStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

    @property
    def gives_access(self) -> bool:
        """Whether a learner in this state may read the course's lessons."""
        return self in (EnrollmentStatus.ACTIVE, EnrollmentStatus.COMPLETED)


class PaymentStatus(StrEnum):
    PENDING = "pending"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    REFUND_PENDING = "refund_pending"
    REFUNDED = "refunded"


class StatusReason(StrEnum):
    """The reason for the current status of an enrollment or a payment."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REFUNDED = "refunded"
    REVOKED = "revoked"
    CHARGEBACK = "chargeback"
    NOT_CAPTURED = "not_captured"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    NO_LONGER_WANTED = "not_wanted"
    """Stored as `not_wanted`; the API sends `no_longer_wanted`."""
    REQUESTED = "requested"
    MISMATCH = "mismatch"
    ORPHANED = "orphaned"
    """The order's course or learner is not in the table: its money is on hold."""


FREE_GRANT: Final = "free"
"""`granted_by` of an enrollment in a free course."""
ADMIN_GRANT: Final = "admin"
"""`granted_by` of an enrollment that an admin granted."""

UNKNOWN_INSTRUCTOR: Final = "unknown"
"""`instructor_id` of the payment of an order whose course is not in the table."""

MANUAL_REFUND_PREFIX: Final = "by hand "
"""Prefix of the stored key of a manual refund; the admin's reference follows. It distinguishes references from
dispute ids and from any other key of the stored map."""

ENROLLMENT_TRANSITIONS: Final[dict[EnrollmentStatus, frozenset[EnrollmentStatus]]] = {
    EnrollmentStatus.PENDING: frozenset({EnrollmentStatus.ACTIVE, EnrollmentStatus.CANCELLED}),
    EnrollmentStatus.ACTIVE: frozenset({EnrollmentStatus.COMPLETED, EnrollmentStatus.CANCELLED}),
    EnrollmentStatus.COMPLETED: frozenset({EnrollmentStatus.CANCELLED}),
    EnrollmentStatus.CANCELLED: frozenset({EnrollmentStatus.PENDING, EnrollmentStatus.ACTIVE}),
}

PAYMENT_TRANSITIONS: Final[dict[PaymentStatus, frozenset[PaymentStatus]]] = {
    PaymentStatus.PENDING: frozenset(
        {PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, PaymentStatus.FAILED, PaymentStatus.REFUND_PENDING}
    ),
    PaymentStatus.FAILED: frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING}),
    PaymentStatus.AUTHORIZED: frozenset({PaymentStatus.CAPTURED, PaymentStatus.FAILED, PaymentStatus.REFUND_PENDING}),
    PaymentStatus.CAPTURED: frozenset({PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED}),
    PaymentStatus.REFUND_PENDING: frozenset({PaymentStatus.REFUNDED}),
    PaymentStatus.REFUNDED: frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING}),
}
