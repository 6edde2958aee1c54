"""Every entity. Importing this package registers every kind, so that any reader of the table knows them all.

Entities are stored shapes; the shapes on the wire are the schemas."""

from shared.db.entities.account_ledger import LedgerEntry, LedgerMonth, Settlement
from shared.db.entities.audit import AuditEntry
from shared.db.entities.catalogue import CardManifest, CatalogueCard, CourseListing
from shared.db.entities.certificate import Certificate
from shared.db.entities.counters import (
    CounterCheckpoint,
    CouponCounters,
    CourseCounters,
    DocumentMonth,
    LessonCompletionCounters,
    PlatformTotals,
    RevenuePeriod,
)
from shared.db.entities.coupon import Coupon, CouponUse, FirstPurchase
from shared.db.entities.course import Course
from shared.db.entities.curriculum import Lesson, LessonBody, MediaAsset, Outline, Section
from shared.db.entities.dispute import DisputeRecord
from shared.db.entities.enrollment import Enrollment, EnrollmentEvent, Progress
from shared.db.entities.examination import ExaminationPass, LearnerExamination, PaymentExamination
from shared.db.entities.idempotency import IdempotencyRecord
from shared.db.entities.instructor import (
    InstructorCourse,
    InstructorDay,
    InstructorRanking,
    InstructorStudent,
    InstructorTotals,
)
from shared.db.entities.learner_request import LearnerRequestListing
from shared.db.entities.payment import Payment, PaymentEvent
from shared.db.entities.payment_register import PaymentListing
from shared.db.entities.rebuild import RebuildRun, RebuiltCounters
from shared.db.entities.receipt import CreditNote, Receipt, ReceiptCounter
from shared.db.entities.reconciliation import OpenDifference, OrderOfPayment, ReconciliationCursor
from shared.db.entities.review import Review
from shared.db.entities.user import EmailAddress, Revocation, Session, Throttle, User
from shared.db.entities.webhook import ForeignOrder, WebhookEvent

__all__ = [
    "AuditEntry",
    "CardManifest",
    "CatalogueCard",
    "Certificate",
    "CounterCheckpoint",
    "Coupon",
    "CouponCounters",
    "CouponUse",
    "Course",
    "CourseCounters",
    "CourseListing",
    "CreditNote",
    "DisputeRecord",
    "DocumentMonth",
    "EmailAddress",
    "Enrollment",
    "EnrollmentEvent",
    "ExaminationPass",
    "FirstPurchase",
    "ForeignOrder",
    "IdempotencyRecord",
    "InstructorCourse",
    "InstructorDay",
    "InstructorRanking",
    "InstructorStudent",
    "InstructorTotals",
    "LearnerExamination",
    "LearnerRequestListing",
    "LedgerEntry",
    "LedgerMonth",
    "Lesson",
    "LessonBody",
    "LessonCompletionCounters",
    "MediaAsset",
    "OpenDifference",
    "OrderOfPayment",
    "Outline",
    "Payment",
    "PaymentEvent",
    "PaymentExamination",
    "PaymentListing",
    "PlatformTotals",
    "Progress",
    "RebuildRun",
    "RebuiltCounters",
    "Receipt",
    "ReceiptCounter",
    "ReconciliationCursor",
    "RevenuePeriod",
    "Review",
    "Revocation",
    "Section",
    "Session",
    "Settlement",
    "Throttle",
    "User",
    "WebhookEvent",
]
