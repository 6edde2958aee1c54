"""Every entity, so that whoever reads the table knows every kind. Stored shapes only; wire shapes are the schemas."""

from shared.db.entities.catalogue import CardManifest, CatalogueCard, CourseListing
from shared.db.entities.certificate import Certificate
from shared.db.entities.content import Lesson, LessonBody, MediaAsset, Outline, Section
from shared.db.entities.course import Course
from shared.db.entities.enrollment import Enrollment, EnrollmentEvent, Progress
from shared.db.entities.figures import (
    CourseFigures,
    CourseTally,
    InstructorCourse,
    InstructorStanding,
    InstructorStudent,
    InstructorTotals,
    MadeAnew,
    PlatformTotals,
    ProjectionMark,
    RebuildRun,
    RevenuePeriod,
    TeachingDay,
)
from shared.db.entities.journal import AuditEntry, IdempotencyRecord, WebhookEvent
from shared.db.entities.payment import Payment, PaymentEvent
from shared.db.entities.receipt import Receipt, ReceiptCounter
from shared.db.entities.register import PaymentListing
from shared.db.entities.review import Review
from shared.db.entities.user import EmailAddress, Revocation, Session, Throttle, User

__all__ = [
    "AuditEntry",
    "CardManifest",
    "CatalogueCard",
    "Certificate",
    "Course",
    "CourseFigures",
    "CourseListing",
    "CourseTally",
    "EmailAddress",
    "Enrollment",
    "EnrollmentEvent",
    "IdempotencyRecord",
    "InstructorCourse",
    "InstructorStanding",
    "InstructorStudent",
    "InstructorTotals",
    "Lesson",
    "LessonBody",
    "MadeAnew",
    "MediaAsset",
    "Outline",
    "Payment",
    "PaymentEvent",
    "PaymentListing",
    "PlatformTotals",
    "Progress",
    "ProjectionMark",
    "RebuildRun",
    "Receipt",
    "ReceiptCounter",
    "RevenuePeriod",
    "Review",
    "Revocation",
    "Section",
    "Session",
    "TeachingDay",
    "Throttle",
    "User",
    "WebhookEvent",
]
