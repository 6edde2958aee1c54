"""The items that a settlement writes in addition to the payment: enrollment, receipt, credit note, dispute
and learner's request."""

from datetime import datetime

from shared.db.enrollments.enrollment_details import EnrollmentRecords
from shared.db.enrollments.enrollments import EnrollmentStep, new_enrollment
from shared.db.entities import (
    CreditNote,
    DisputeRecord,
    Enrollment,
    LearnerRequestListing,
    Payment,
    Receipt,
    User,
)
from shared.db.payments import disputes, learner_requests
from shared.db.payments.documents import credit_notes, receipts
from shared.db.payments.payment_attributes import apply_payment_changes, extra_captures, primary_capture
from shared.db.table import keys, store
from shared.db.table.unreadable_items import READ_ERRORS, report_unreadable
from shared.domain.changes import Unchanged
from shared.domain.credit_notes import refunded_change
from shared.domain.lifecycle import PaymentStatus
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.decision import Decision
from shared.settlement.evidence import DisputeReported, Evidence, HoldAccepted


def enrollment_step(
    payment: Payment,
    enrollment: Enrollment | None,
    decision: Decision,
    evidence: Evidence,
    source: Source,
    now: datetime,
) -> EnrollmentStep | None:
    """The step of the payer's enrollment; None when it does not change. An enrollment is created here only for an order
    that was adopted, whose notes do not contain the payer's name: it is read then, one BatchGetItem. Raises
    StoreUnavailable."""
    if decision.enrollment is None:
        return None
    if enrollment:
        return EnrollmentStep.of(enrollment, decision.enrollment)
    name = evidence.learner_name if isinstance(evidence, HoldAccepted) else _name_of(payment.user_id, source)
    instructor_id = apply_payment_changes(payment, decision.payment).instructor_id
    created = new_enrollment(payment.user_id, name, payment.course_id, instructor_id, now)
    return EnrollmentStep(None, created, decision.enrollment)


def _name_of(user_id: str, source: Source) -> str:
    """The learner's name. Empty when the learner is not in the table or cannot be read, which may not keep a payment
    from being settled; and for a webhook, whose function may read no profiles
    (docs/decisions/0040-adopt-every-order-of-ours.md): the number of the receipt brings the name."""
    if source is Source.WEBHOOK:
        return ""
    key = keys.user(user_id)
    try:
        learner = store.cast_to(User, store.get_many([key]).get(key))
    except READ_ERRORS:
        logger().exception("learner unreadable", extra={"code": "learner_unreadable", "user_id": user_id})
        return ""
    return learner.name if learner else ""


def dispute_record(payment: Payment, decision: Decision, evidence: Evidence, now: datetime) -> DisputeRecord | None:
    """The item of the dispute that the evidence is about, as the payment will contain it."""
    if not isinstance(evidence, DisputeReported):
        return None
    after = apply_payment_changes(payment, decision.payment)
    capture = extra_captures(after).get(evidence.payment_id) or primary_capture(after)
    recorded = capture.disputes[evidence.dispute_id]
    return disputes.new_record(payment, evidence.payment_id, evidence.dispute_id, recorded, now)


def request_listing(payment: Payment, decision: Decision) -> LearnerRequestListing | None:
    """The item of the learner's request for a refund; None when the request does not change. One that cannot be read
    does not: it is logged (`item_unreadable`) and counted, and the money is settled."""
    changed = decision.payment.learner_request
    if not isinstance(changed, Unchanged):
        return learner_requests.new_listing(payment.order_id, changed)
    try:
        learner_requests.learner_request(payment)
    except READ_ERRORS:
        report_unreadable(pk=payment.pk, sk=payment.sk)
    return None


def receipt_of_capture(
    payment: Payment, decision: Decision, records: EnrollmentRecords, step: EnrollmentStep | None
) -> Receipt | None:
    """The receipt of a payment that is captured and kept. A payment that is refunded at once was no sale. A payment
    that is kept after a dispute was won may have its receipt already."""
    if decision.payment.status is not PaymentStatus.CAPTURED:
        return None
    if payment.captured_amount and _has_receipt(payment.order_id):
        return None
    title = records.course.title if records.course else payment.course_id
    captured = apply_payment_changes(payment, decision.payment)
    return receipts.new_receipt(captured, step.base if step else records.enrollment, title)


def credit_note(payment: Payment, decision: Decision, receipt: Receipt | None, now: datetime) -> CreditNote | None:
    """The credit or debit note of a sale whose refunded amount changes; None for any other step. `receipt` is the one
    that the settlement writes. Whether there is one already is read only if the amount changes: one GetItem. A receipt
    is written together with its payment, so it cannot appear meanwhile. Raises StoreUnavailable."""
    after = apply_payment_changes(payment, decision.payment)
    change = refunded_change(payment.refunded_amount, after.refunded_amount, is_first=receipt is not None)
    if change is None or not (receipt or _has_receipt(payment.order_id)):
        return None
    return credit_notes.new_note(after, payment.version + 1, change, now, now)


def _has_receipt(order_id: str) -> bool:
    """Also true for a receipt that cannot be read, which may not keep a refund, or access, from being recorded."""
    try:
        return receipts.get(order_id) is not None
    except READ_ERRORS:
        logger().exception("receipt unreadable", extra={"code": "item_unreadable", "order_id": order_id})
        return True
