"""Every enum of the product and the transitions each state may make.

A state is stored and sent exactly as written here. A transition that is not in the table is a fault: the database
functions condition on the state they leave, and the tests classify every value.
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
    """Why an enrollment or a payment is where it is."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REFUNDED = "refunded"
    REVOKED = "revoked"
    CHARGEBACK = "chargeback"
    NOT_CAPTURED = "not_captured"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    NO_LONGER_WANTED = "not_wanted"
    REQUESTED = "requested"
    MISMATCH = "mismatch"


FREE_GRANT: Final = "free"
"""`granted_by` of an enrollment in a course without a price."""
ADMIN_GRANT: Final = "admin"
"""`granted_by` of an enrollment an admin gave."""

MANUAL_REFUND_PREFIX: Final = "by hand "
"""Before an admin's reference, where a payment stores a manual refund: no dispute is called like that, nor any
attribute of a map."""

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
    PaymentStatus.REFUNDED: frozenset(),
}
