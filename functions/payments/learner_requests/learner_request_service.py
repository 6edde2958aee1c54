"""A learner requests a refund or takes the request back; an admin decides."""

from typing import Final

from functions.payments.errors import DisputeOpen, NotRefundable, OrderNotFound, RefundTooLate
from functions.payments.learner_requests.learner_request_errors import (
    MoneyOnHold,
    OtherRefundRequest,
    RefundAlreadyRequested,
    RefundProgressExceeded,
    RefundRequestDecided,
    RefundRequestEnded,
    RefundRequestNotFound,
    RefundRequestsUsedUp,
    RefundTooSmall,
    RefundUnderWay,
    RefundWindowClosed,
)
from functions.payments.refunds.request_refund import refund_window_closed, try_execute_refund, try_sync_refunds
from functions.payments.refunds.sync_refunds import readable_payment
from shared import clock
from shared.db.audit import AuditedAction
from shared.db.enrollments import enrollment_details
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Payment
from shared.db.payments.learner_requests import learner_request
from shared.domain.learner_requests import RequestState, WaitsFor
from shared.enrollment_schemas import progress_out
from shared.errors import Conflict
from shared.history_kinds import Source
from shared.settlement.decision import Verdict
from shared.settlement.evidence import LearnerRequestDecided, LearnerRequestOpened, LearnerRequestWithdrawn
from shared.settlement.rules.learner_request_rules import Obstacle, is_repetition, is_too_little, obstacle, waits_for
from shared.settlement.settle import Settled, refund_terms, settle
from shared.tokens import Caller

_ERRORS: Final[dict[Obstacle, type[Conflict]]] = {
    Obstacle.ALREADY_OPEN: RefundAlreadyRequested,
    Obstacle.DECIDED: RefundRequestDecided,
    Obstacle.ON_HOLD: MoneyOnHold,
    Obstacle.NOT_CAPTURED: NotRefundable,
    Obstacle.TOO_LITTLE: RefundTooSmall,
    Obstacle.DISPUTED: DisputeOpen,
    Obstacle.WINDOW_CLOSED: RefundWindowClosed,
    Obstacle.TOO_OLD: RefundTooLate,
    Obstacle.USED_UP: RefundRequestsUsedUp,
    Obstacle.TOO_FAR: RefundProgressExceeded,
}
_WAITING_ERRORS: Final[dict[WaitsFor, type[Conflict]]] = {
    WaitsFor.DISPUTE: DisputeOpen,
    WaitsFor.REFUND: RefundUnderWay,
}
OBSTACLE_ERRORS: Final = tuple(_ERRORS.values())


def open_request(payment: Payment, reason: str) -> Settled:
    """Records the learner's request for a refund of their payment. If the seller's rule approves it, the refund is
    demanded in the same write, and then requested from Razorpay once, as for an admin; the sweep retries it. A
    repetition of an approved request returns the same state.

    The progress is what is stored when the request is read: a lesson that is completed a moment later does not count,
    whichever is written first. Raises one of OBSTACLE_ERRORS, PaymentContention, StoreUnavailable."""
    terms = refund_terms()
    learning = enrollment_details.read_details(payment.user_id, payment.course_id)
    evidence = LearnerRequestOpened(reason, _progress(learning), terms)
    if is_repetition(payment, reason):
        return _settle(payment.order_id, evidence, Source.LEARNER)
    _require_no_obstacle(payment, evidence)
    synced = try_sync_refunds(payment) if terms.by_rule else True
    settled = _settle(payment.order_id, evidence, Source.LEARNER)
    if settled.verdict is Verdict.REJECTED:
        _require_no_obstacle(settled.payment, evidence)
        raise NotRefundable
    return try_execute_refund(settled) if synced and settled.verdict is Verdict.REFUND_DUE else settled


def withdraw_request(payment: Payment) -> Settled:
    """Takes the learner's open request back. A repetition returns the same state. Raises RefundRequestNotFound,
    RefundRequestEnded, PaymentContention, StoreUnavailable."""
    settled = _settle(payment.order_id, LearnerRequestWithdrawn(), Source.LEARNER)
    if settled.verdict is Verdict.REJECTED:
        raise _ended(settled.payment)
    return settled


def decide_request(caller: Caller, order_id: str, number: int, note: str, *, approved: bool) -> Settled:
    """Records an admin's decision about the open request with this number, with its audit entry. An approval demands
    the refund in the same write; it is then requested from Razorpay once, and the sweep retries it. Refunds that were
    made in Razorpay's dashboard are recorded first: they may have closed the request.

    Raises OrderNotFound, RefundUnreadable, PaymentContention, StoreUnavailable, and the errors of `_require_decidable`
    and `_require_approvable`."""
    payment = readable_payment(order_id)
    _require_decidable(payment, number)
    if approved:
        _require_approvable(payment)
    synced = try_sync_refunds(payment) if approved else True
    decision = RequestState.APPROVED if approved else RequestState.DECLINED
    audited = AuditedAction(
        caller.user_id, "payment.refund_request", note, {"decision": decision.value, "number": number}
    )
    settled = _settle(order_id, LearnerRequestDecided(number, approved, caller.user_id, note), Source.ADMIN, audited)
    if settled.verdict is Verdict.REJECTED:
        _require_decidable(settled.payment, number)
        _require_approvable(settled.payment)
        raise RefundRequestEnded
    return try_execute_refund(settled) if synced and settled.verdict is Verdict.REFUND_DUE else settled


def _settle(
    order_id: str,
    evidence: LearnerRequestOpened | LearnerRequestWithdrawn | LearnerRequestDecided,
    source: Source,
    audited: AuditedAction | None = None,
) -> Settled:
    settled = settle(order_id, evidence, source, audited=audited)
    if settled is None:
        raise OrderNotFound
    return settled


def _progress(learning: EnrollmentDetails | None) -> int:
    """The percentage of completed lessons, rounded up, so that 4 of 13 lessons (30.8 %) exceed a limit of 30. A learner
    who once completed the course has seen it whole, although they may have marked lessons as not completed since."""
    if learning is None:
        return 0
    if learning.enrollment.certificate_id:
        return 100
    progress = progress_out(learning)
    return -(-progress.completed_lessons * 100 // progress.total_lessons) if progress.total_lessons else 0


def _require_no_obstacle(payment: Payment, evidence: LearnerRequestOpened) -> None:
    found = obstacle(payment, evidence.terms, clock.now(), evidence.progress)
    if found:
        raise _ERRORS[found]


def _require_decidable(payment: Payment, number: int) -> None:
    """Raises RefundRequestNotFound, RefundRequestEnded; and OtherRefundRequest, DisputeOpen, RefundUnderWay: the
    request stays open."""
    request = learner_request(payment)
    if request is None or not request.is_open:
        raise _ended(payment)
    if request.number != number:
        raise OtherRefundRequest
    waiting = waits_for(payment)
    if waiting:
        raise _WAITING_ERRORS[waiting]


def _require_approvable(payment: Payment) -> None:
    """Raises RefundTooLate, RefundTooSmall: Razorpay would reject the refund for good."""
    if refund_window_closed(payment):
        raise RefundTooLate
    if is_too_little(payment):
        raise RefundTooSmall


def _ended(payment: Payment) -> RefundRequestNotFound | RefundRequestEnded:
    return RefundRequestEnded() if learner_request(payment) else RefundRequestNotFound()
