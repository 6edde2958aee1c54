"""The only path by which evidence changes a payment: read, decide, write under the condition of what was read; and read
again when that changed.

Browser, webhook, sweep and admin all call `settle` with their evidence.
"""

from dataclasses import dataclass
from datetime import timedelta

from shared import clock
from shared.config import settings
from shared.db.audit import AuditedAction
from shared.db.enrollments import enrollment_details
from shared.db.enrollments.enrollment_details import EnrollmentDetails, EnrollmentRecords
from shared.db.entities import Enrollment, Payment, WebhookEvent
from shared.db.payments import payments, webhook_inbox
from shared.db.payments.payment_attributes import unresolved_payments
from shared.db.payments.payments import DuplicateEvent, PaymentStep, Settlement
from shared.db.table.retry import CONTENDED, retry_on_conflict
from shared.domain.learner_requests import RefundTerms
from shared.domain.lifecycle import ADMIN_GRANT, FREE_GRANT, PaymentStatus
from shared.errors import Unavailable
from shared.history_kinds import Cause, Source
from shared.observability import emit_metrics, logger
from shared.settlement import settled_items
from shared.settlement.balances import on_hold
from shared.settlement.claim_writing import write_settlement
from shared.settlement.decide import decide
from shared.settlement.decision import Decision, Verdict
from shared.settlement.evidence import AccessRevoked, Captured, DisputeReported, Evidence, HoldAccepted, PollCompleted
from shared.settlement.rules.amount_rules import AmountPolicy
from shared.settlement.rules.coupon_rules import with_coupon_state


class PaymentContention(Unavailable):
    code = "payment_busy"
    title = "The payment keeps changing: try again"


@dataclass(frozen=True)
class Settled:
    """The payment and the payer's enrollment as they are now stored, and the verdict."""

    verdict: Verdict
    payment: Payment
    learning: EnrollmentDetails | None


@dataclass(frozen=True)
class KnownItems:
    """What the caller has just read: the payment, and perhaps the payer's enrollment with its course."""

    payment: Payment
    records: EnrollmentRecords | None = None


def settle(
    order_id: str,
    evidence: Evidence,
    source: Source,
    *,
    inbox: WebhookEvent | None = None,
    audited: AuditedAction | None = None,
    known: KnownItems | None = None,
) -> Settled | None:
    """Applies the evidence to the order. None when there is no payment for it. The result is durable.

    `inbox` and `audited` are written in the transaction of the effect; `known` spares the first read. Raises
    PaymentContention when every attempt met a conflict and nothing was written, and StoreUnavailable when it is
    unknown whether anything was. Apply the evidence again after either."""
    unused = known

    def attempt() -> Settled | None:
        nonlocal unused
        items, unused = unused or _read(order_id), None
        return _settle_once(items, evidence, source, inbox, audited) if items else None

    return retry_on_conflict(attempt, PaymentContention, CONTENDED)


def _read(order_id: str) -> KnownItems | None:
    payment = payments.get(order_id)
    return KnownItems(payment) if payment else None


def _settle_once(
    items: KnownItems, evidence: Evidence, source: Source, inbox: WebhookEvent | None, audited: AuditedAction | None
) -> Settled:
    """Raises WriteConflict."""
    payment = items.payment
    records = items.records or enrollment_details.read_records(payment.user_id, payment.course_id)
    now = clock.now()
    basis = _access_basis(payment, records.enrollment, evidence)
    decision = decide(payment, records.enrollment, evidence, now, basis, policy=amount_policy())
    if isinstance(evidence, HoldAccepted) and records.course is None:
        decision = Decision(Verdict.REJECTED)
    decision = with_coupon_state(payment, decision, evidence, now)
    if not decision.verdict.is_written:
        if inbox:
            webhook_inbox.save_if_new(inbox)
        return Settled(decision.verdict, payment, records.details())
    step = settled_items.enrollment_step(payment, records.enrollment, decision, evidence, source, now)
    receipt = settled_items.receipt_of_capture(payment, decision, records, step)
    settlement = Settlement(
        payment_step=PaymentStep(payment, decision.payment),
        read_enrollment=records.enrollment,
        enrollment_step=step,
        cause=_cause(evidence, source),
        course=records.course if isinstance(evidence, HoldAccepted) else None,
        basis=basis,
        inbox_entry=inbox,
        audited_action=audited,
        receipt=receipt,
        note=settled_items.credit_note(payment, decision, receipt, now),
        dispute=settled_items.dispute_record(payment, decision, evidence, now),
        learner_request=settled_items.request_listing(payment, decision),
    )
    try:
        stored = write_settlement(settlement, now)
    except DuplicateEvent:
        stored = None
    if stored is None:
        return Settled(Verdict.NO_CHANGE, payment, records.details())
    _report_new_holds(payment, stored.payment)
    if isinstance(evidence, PollCompleted):
        _report_unlisted_attempts(payment, stored.payment, evidence)
    return Settled(decision.verdict, stored.payment, records.details(stored.enrollment))


def amount_policy() -> AmountPolicy:
    """The policy of the settings."""
    config = settings()
    return AmountPolicy(config.accept_fee_on_top, config.accept_offers_up_to_percent)


def refund_terms() -> RefundTerms:
    """The seller's terms for refunds that learners request, of the settings."""
    config = settings()
    window = timedelta(days=config.refund_window_days)
    return RefundTerms(window, config.refund_progress_limit, config.refund_approval == "rule")


def _report_new_holds(before: Payment, after: Payment) -> None:
    """Logs and counts each payment whose money is on hold now: an admin must accept or refund it."""
    for payment_id in sorted(on_hold(after).keys() - on_hold(before).keys()):
        order = {"order_id": after.order_id, "payment_id": payment_id}
        logger().warning("payment on hold", extra={"code": "payment_on_hold", **order})
        emit_metrics("settlement", {"payments_on_hold": 1})


def _report_unlisted_attempts(before: Payment, after: Payment, poll: PollCompleted) -> None:
    """Logs and counts each signed or authorized attempt that is noted no longer, though Razorpay never listed it."""
    removed = unresolved_payments(before).keys() - unresolved_payments(after).keys()
    for payment_id in sorted(removed - poll.ended):
        order = {"order_id": after.order_id, "payment_id": payment_id}
        logger().error("attempt never listed by Razorpay", extra={"code": "attempt_unlisted", **order})
        emit_metrics("settlement", {"attempts_unlisted": 1})


def _cause(evidence: Evidence, source: Source) -> Cause:
    return Cause(evidence.kind, source, evidence.note if isinstance(evidence, AccessRevoked) else None)


def _access_basis(payment: Payment, enrollment: Enrollment | None, evidence: Evidence) -> Payment | None:
    """The other payment that granted the learner's access, when this one is captured too, or a dispute of it that had
    returned its whole amount may be won after all."""
    restorable = isinstance(evidence, DisputeReported) and payment.status is PaymentStatus.REFUNDED
    if not isinstance(evidence, Captured) and not restorable:
        return None
    if enrollment is None or not enrollment.status.gives_access:
        return None
    basis = enrollment.granted_by
    return payments.get(basis) if basis not in (payment.order_id, FREE_GRANT, ADMIN_GRANT) else None
