"""The one way money changes anything: read, decide, write under the condition of what was read; again if it changed.

Browser, webhook, sweep and admin all come through here with their evidence.
"""

from dataclasses import dataclass
from typing import Final

from shared import clock
from shared.db.audit import AuditedAction
from shared.db.enrollments import enrollment_details
from shared.db.enrollments.enrollment_details import EnrollmentDetails, EnrollmentRecords
from shared.db.entities import Enrollment, Payment, Receipt, WebhookEvent
from shared.db.payments import payments, receipts, webhook_inbox
from shared.db.payments.payments import PaymentOutcome
from shared.domain.lifecycle import ADMIN_GRANT, FREE_GRANT, PaymentStatus
from shared.enrollment_rules import new_enrollment
from shared.errors import Unavailable
from shared.history_kinds import Cause, Source
from shared.settlement.decide import decide
from shared.settlement.decision import Decision, Verdict
from shared.settlement.evidence import Captured, Evidence

_ROUNDS: Final = 8


class PaymentContention(Unavailable):
    code = "payment_busy"
    title = "The payment keeps changing: try again"


@dataclass(frozen=True)
class Settled:
    """The payment and the enrollment as they are now stored, and what was decided."""

    verdict: Verdict
    payment: Payment
    learning: EnrollmentDetails | None


def settle(
    order_id: str,
    evidence: Evidence,
    source: Source,
    *,
    inbox: WebhookEvent | None = None,
    audited: AuditedAction | None = None,
    known_payment: Payment | None = None,
) -> Settled | None:
    """What the evidence makes of the order; None when there is no such payment. Durable when it returns.

    `inbox` and `audited` are written in the transaction of the effect, `read` spares the first read of the payment.
    Raises StillChanging and StoreUnavailable: nothing is known to have been written, send the evidence again."""
    for attempt in range(_ROUNDS):
        payment = known_payment if known_payment and attempt == 0 else payments.get(order_id)
        if payment is None:
            return None
        parts = enrollment_details.read_records(payment.user_id, payment.course_id)
        enrollment = parts.enrollment
        now = clock.now()
        basis = _access_basis(payment, enrollment, evidence)
        decision = decide(payment, enrollment, evidence, now, basis)
        if decision.verdict in (Verdict.NO_CHANGE, Verdict.REJECTED):
            if inbox:
                webhook_inbox.save_if_new(inbox)
            return Settled(decision.verdict, payment, parts.details())
        outcome, after, enrolled = payments.settle(
            (payment, decision.payment),
            enrollment,
            _enrollment_change(payment, enrollment, decision),
            Cause(evidence.kind, source),
            now,
            basis=basis,
            inbox_entry=inbox,
            audited_action=audited,
            receipt=_receipt(payment, decision, parts),
        )
        if outcome is PaymentOutcome.DUPLICATE_EVENT:
            return Settled(Verdict.NO_CHANGE, payment, parts.details())
        if outcome is PaymentOutcome.WRITTEN:
            return Settled(decision.verdict, after, parts.details(enrolled))
    raise PaymentContention


def _access_basis(payment: Payment, enrollment: Enrollment | None, evidence: Evidence) -> Payment | None:
    """The other order that the learner's access rests on, when money is captured beside it."""
    if not isinstance(evidence, Captured) or enrollment is None or not enrollment.status.gives_access:
        return None
    other = enrollment.granted_by
    return payments.get(other) if other not in (payment.order_id, FREE_GRANT, ADMIN_GRANT) else None


def _enrollment_change(
    payment: Payment, enrollment: Enrollment | None, decision: Decision
) -> tuple[Enrollment, dict[str, object]] | None:
    if not decision.enrollment:
        return None
    base = enrollment or new_enrollment(payment.user_id, "", payment.course_id, payment.instructor_id, clock.now())
    return base, decision.enrollment


def _receipt(payment: Payment, decision: Decision, parts: EnrollmentRecords) -> Receipt | None:
    """For money that is kept. What goes back at once, because nobody wants it, was never a sale."""
    if decision.payment.get("status") is not PaymentStatus.CAPTURED:
        return None
    title = parts.course.title if parts.course else payment.course_id
    return receipts.new_receipt(payment, decision.payment, parts.enrollment, title)
