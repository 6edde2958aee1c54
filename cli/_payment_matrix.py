"""Payments, enrollments and evidence in every state. docs/transitions.md shows the decision of `decide` for each
combination, and tests explore all of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared import clock
from shared.db.due_index import due_attributes
from shared.db.enrollments.enrollments import new_enrollment
from shared.db.entities import Enrollment, Payment
from shared.db.table import keys
from shared.db.table.changes import apply_changes
from shared.domain.captures import Dispute, DisputeStatus, RefundStatus
from shared.domain.learner_requests import RefundTerms
from shared.domain.lifecycle import ADMIN_GRANT, FREE_GRANT, EnrollmentStatus, PaymentStatus, StatusReason
from shared.settlement.balances import on_hold
from shared.settlement.evidence import (
    AccessRevoked,
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeReported,
    Evidence,
    HoldAccepted,
    LearnerRequestDecided,
    LearnerRequestOpened,
    LearnerRequestWithdrawn,
    ManualRefund,
    NoPaymentFound,
    PollCompleted,
    Refunded,
    RefundRejected,
    RefundRequested,
    SignedCheckout,
)

NOW: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORDER_ID: Final = "order_AAAAAAAAAAAAAA"
OTHER_ORDER_ID: Final = "order_BBBBBBBBBBBBBB"
PAYMENT_ID: Final = "pay_AAAAAAAAAAAAAA"
EXTRA_PAYMENT_ID: Final = "pay_BBBBBBBBBBBBBB"
AMOUNT: Final = 49_900
_PARTIAL_REFUND_ID: Final = "rfnd_AAAAAAAAAAAAAA"
_FULL_REFUND_ID: Final = "rfnd_BBBBBBBBBBBBBB"
_DISPUTE_ID: Final = "disp_AAAAAAAAAAAAAA"


def _dispute(
    status: DisputeStatus, *, amount: int = AMOUNT, deducted: int = 0, payment_id: str = PAYMENT_ID
) -> DisputeReported:
    return DisputeReported(payment_id, _DISPUTE_ID, Dispute(amount, "INR", status, "chargeback", deducted=deducted))


_TERMS: Final = RefundTerms(timedelta(days=7), progress_limit=30, by_rule=False)

EVIDENCE: Final[dict[str, Evidence]] = {
    "signed checkout": SignedCheckout(PAYMENT_ID),
    "authorized": Authorized(PAYMENT_ID, AMOUNT, "INR"),
    "authorized, another amount": Authorized(PAYMENT_ID, AMOUNT - 1, "INR"),
    "captured": Captured(PAYMENT_ID, AMOUNT, "INR"),
    "captured, another currency": Captured(PAYMENT_ID, AMOUNT, "USD"),
    "captured, an extra payment": Captured(EXTRA_PAYMENT_ID, AMOUNT, "INR"),
    "payment attempt failed": AttemptFailed(PAYMENT_ID),
    "no payment found": NoPaymentFound(),
    "poll completed": PollCompleted(),
    "authorization voided": AuthorizationVoided(PAYMENT_ID),
    "partial refund processed": Refunded(PAYMENT_ID, _PARTIAL_REFUND_ID, 100, RefundStatus.PROCESSED),
    "full refund pending": Refunded(PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, RefundStatus.PENDING),
    "full refund processed": Refunded(PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, RefundStatus.PROCESSED),
    "full refund failed": Refunded(PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, RefundStatus.FAILED),
    "full refund reversed": Refunded(PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, RefundStatus.REVERSED),
    "full refund in an unknown status": Refunded(PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, RefundStatus.UNKNOWN),
    "partial refund requested": RefundRequested("part", 100),
    "refund of the whole amount requested": RefundRequested("whole", AMOUNT),
    "refund of the remaining balance requested": RefundRequested("all", None),
    "refund of a payment on hold requested": RefundRequested("all", None, EXTRA_PAYMENT_ID),
    "full refund rejected by the gateway": RefundRejected(PAYMENT_ID, None, "no balance"),
    "dispute opened": _dispute(DisputeStatus.OPEN),
    "dispute opened, the whole amount deducted": _dispute(DisputeStatus.OPEN, deducted=AMOUNT),
    "dispute under review": _dispute(DisputeStatus.UNDER_REVIEW),
    "dispute won": _dispute(DisputeStatus.WON),
    "dispute over the whole amount lost": _dispute(DisputeStatus.LOST, deducted=AMOUNT),
    "dispute over a part lost": _dispute(DisputeStatus.LOST, amount=100),
    "dispute closed": _dispute(DisputeStatus.CLOSED),
    "partial manual refund": ManualRefund(PAYMENT_ID, "UTR1", 100),
    "full manual refund": ManualRefund(PAYMENT_ID, "UTR1", AMOUNT),
    "capture on hold accepted by an admin": HoldAccepted(EXTRA_PAYMENT_ID, "usr_2"),
    "access revoked by an admin": AccessRevoked("support"),
    "refund requested by the learner": LearnerRequestOpened("too easy", 10, _TERMS),
    "refund requested by the learner, approved by rule": LearnerRequestOpened(
        "too easy", 10, replace(_TERMS, by_rule=True)
    ),
    "request withdrawn by the learner": LearnerRequestWithdrawn(),
    "request approved by an admin": LearnerRequestDecided(1, approved=True, admin_id="usr_3", note="as agreed"),
    "request declined by an admin": LearnerRequestDecided(1, approved=False, admin_id="usr_3", note="too late"),
}


def make_payment(status: PaymentStatus, *, window_over: bool = False, **changes: Any) -> Payment:
    """A payment of that status as the platform stores it. It is due for a poll now, unless its status needs no poll."""
    held = status in (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
    created_at = NOW - timedelta(hours=1 if window_over else 0)
    attributes = {
        "order_id": ORDER_ID,
        "user_id": "usr_1",
        "course_id": "crs_1",
        "instructor_id": "usr_2",
        "receipt": "rcpt_1",
        "amount": AMOUNT,
        "currency": "INR",
        "status": status,
        "payment_id": PAYMENT_ID if held or status is PaymentStatus.AUTHORIZED else None,
        "captured_amount": AMOUNT if held else 0,
        "refunded_amount": AMOUNT if status is PaymentStatus.REFUNDED else 0,
        "refunds": {_FULL_REFUND_ID: {"amount": AMOUNT, "status": "processed"}}
        if status is PaymentStatus.REFUNDED
        else {},
        "window_ends_at": created_at + timedelta(minutes=30),
        "version": 1,
        "created_at": created_at,
        "updated_at": created_at,
        **({} if status in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED) else due_attributes(ORDER_ID, NOW)),
    }
    return Payment.build(keys.payment(ORDER_ID), **{**attributes, **changes})


def learner_request_map(**changes: Any) -> dict[str, Any]:
    """A learner's open request for a refund, as it is stored."""
    request = {
        "state": "open",
        "payment_id": PAYMENT_ID,
        "reason": "too easy",
        "progress": 10,
        "requested_at": clock.text(NOW - timedelta(minutes=5)),
        "number": 1,
    }
    return {**request, **changes}


def _extra_capture(**changes: Any) -> dict[str, Any]:
    capture = {"amount": AMOUNT, "currency": "INR", "refunds": {}, "other_returns": {}, "held": False}
    return {EXTRA_PAYMENT_ID: {**capture, **changes}}


def make_enrollment(status: EnrollmentStatus, **changes: Any) -> Enrollment:
    return apply_changes(
        new_enrollment("usr_1", "Ravi", "crs_1", "usr_2", NOW), {"status": status, "version": 1, **changes}
    )


def _disputed(status: DisputeStatus, deducted: int = 0) -> dict[str, Any]:
    """The attributes of a capture with a dispute over its whole amount."""
    dispute = {"amount": AMOUNT, "currency": "INR", "status": status.value, "phase": "chargeback", "reason": ""}
    reversals = {"other_returns": {_DISPUTE_ID: {"amount": deducted, "by": "dispute"}}} if deducted else {}
    return {"disputes": {_DISPUTE_ID: {**dispute, "deducted": deducted}}, **reversals}


PAYMENTS: Final = {
    "pending": make_payment(PaymentStatus.PENDING),
    "pending, window over": make_payment(PaymentStatus.PENDING, window_over=True),
    "pending, another amount authorized": make_payment(PaymentStatus.PENDING, reason=StatusReason.MISMATCH),
    "authorized": make_payment(PaymentStatus.AUTHORIZED),
    "captured": make_payment(PaymentStatus.CAPTURED),
    "failed": make_payment(PaymentStatus.FAILED, window_over=True),
    "failed, another amount on hold": make_payment(
        PaymentStatus.FAILED,
        window_over=True,
        reason=StatusReason.MISMATCH,
        surplus=_extra_capture(amount=AMOUNT - 1, held=True),
    ),
    "refund_pending": make_payment(PaymentStatus.REFUND_PENDING),
    "refunded": make_payment(PaymentStatus.REFUNDED),
    "captured, dispute open": make_payment(PaymentStatus.CAPTURED, **_disputed(DisputeStatus.OPEN)),
    "captured, refund requested by the learner": make_payment(
        PaymentStatus.CAPTURED, learner_request=learner_request_map()
    ),
    "refunded, dispute lost": make_payment(
        PaymentStatus.REFUNDED, reason=StatusReason.CHARGEBACK, refunds={}, **_disputed(DisputeStatus.LOST, AMOUNT)
    ),
}
_LOST_DISPUTE: Final = {_DISPUTE_ID: {"amount": AMOUNT, "by": "dispute"}}
_PARTIAL_REFUND_REQUEST: Final = {"part": {"amount": 100, "refund_id": ""}}
UNDOCUMENTED_PAYMENTS: Final = {
    "authorized, another amount authorized": make_payment(PaymentStatus.AUTHORIZED, reason=StatusReason.MISMATCH),
    "authorized, another amount on hold": make_payment(
        PaymentStatus.AUTHORIZED, surplus=_extra_capture(amount=AMOUNT - 1, held=True)
    ),
    "failed, another amount authorized": make_payment(
        PaymentStatus.FAILED, window_over=True, reason=StatusReason.MISMATCH
    ),
    "failed, another amount to be refunded": make_payment(
        PaymentStatus.FAILED, window_over=True, reason=StatusReason.MISMATCH, surplus=_extra_capture(amount=AMOUNT - 1)
    ),
    "captured, a part lost in a dispute": make_payment(
        PaymentStatus.CAPTURED, other_returns={_DISPUTE_ID: {"amount": 100, "by": "dispute"}}, refunded_amount=100
    ),
    "captured, the whole amount deducted for an open dispute": make_payment(
        PaymentStatus.CAPTURED, refunded_amount=AMOUNT, **_disputed(DisputeStatus.OPEN, AMOUNT)
    ),
    "captured, dispute won": make_payment(PaymentStatus.CAPTURED, **_disputed(DisputeStatus.WON)),
    "refund_pending, dispute open": make_payment(PaymentStatus.REFUND_PENDING, **_disputed(DisputeStatus.OPEN)),
    "captured, dispute of an extra capture open": make_payment(
        PaymentStatus.CAPTURED, surplus=_extra_capture(**_disputed(DisputeStatus.OPEN)), **due_attributes(ORDER_ID, NOW)
    ),
    "failed, dispute of another amount on hold open": make_payment(
        PaymentStatus.FAILED,
        window_over=True,
        reason=StatusReason.MISMATCH,
        surplus=_extra_capture(held=True, **_disputed(DisputeStatus.OPEN, AMOUNT)),
    ),
    "refunded, poll scheduled": make_payment(PaymentStatus.REFUNDED, **due_attributes(ORDER_ID, NOW)),
    "refunded by a dispute": make_payment(
        PaymentStatus.REFUNDED, reason=StatusReason.CHARGEBACK, refunds={}, other_returns=_LOST_DISPUTE
    ),
    "refunded by a dispute, a refund pending": make_payment(
        PaymentStatus.REFUNDED,
        reason=StatusReason.CHARGEBACK,
        other_returns=_LOST_DISPUTE,
        refunds={_FULL_REFUND_ID: {"amount": AMOUNT, "status": "pending"}},
        **due_attributes(ORDER_ID, NOW),
    ),
    "failed, another authorization voided": make_payment(PaymentStatus.FAILED, returned_payment_ids=[EXTRA_PAYMENT_ID]),
    "failed, this authorization voided": make_payment(PaymentStatus.FAILED, returned_payment_ids=[PAYMENT_ID]),
    "captured, partial refund requested": make_payment(
        PaymentStatus.CAPTURED, refund_requests=_PARTIAL_REFUND_REQUEST, **due_attributes(ORDER_ID, NOW)
    ),
    "captured, partly refunded": make_payment(
        PaymentStatus.CAPTURED,
        refunds={_PARTIAL_REFUND_ID: {"amount": 100, "status": "processed"}},
        refunded_amount=100,
    ),
    "captured, with an extra capture": make_payment(
        PaymentStatus.CAPTURED, surplus=_extra_capture(), **due_attributes(ORDER_ID, NOW)
    ),
    "captured, with an extra capture lost in a dispute": make_payment(
        PaymentStatus.CAPTURED, surplus=_extra_capture(other_returns=_LOST_DISPUTE)
    ),
    "refund_pending, with an extra capture": make_payment(PaymentStatus.REFUND_PENDING, surplus=_extra_capture()),
    "refunded, with an extra capture": make_payment(
        PaymentStatus.REFUNDED, surplus=_extra_capture(), **due_attributes(ORDER_ID, NOW)
    ),
    "refund_pending, refund pending at the gateway": make_payment(
        PaymentStatus.REFUND_PENDING, refunds={_FULL_REFUND_ID: {"amount": AMOUNT, "status": "pending"}}
    ),
    "refund_pending, refund failed once": make_payment(
        PaymentStatus.REFUND_PENDING, refunds={_FULL_REFUND_ID: {"amount": AMOUNT, "status": "failed"}}
    ),
}
UNDOCUMENTED_EVIDENCE: Final[dict[str, Evidence]] = {
    "captured, another amount": Captured(PAYMENT_ID, AMOUNT + 1, "INR"),
    "partial refund rejected by the gateway": RefundRejected(PAYMENT_ID, "part", "no balance"),
    "authorization of another payment voided": AuthorizationVoided(EXTRA_PAYMENT_ID),
    **{
        f"dispute of an extra payment {status.value}": _dispute(status, payment_id=EXTRA_PAYMENT_ID)
        for status in DisputeStatus
    },
    "dispute in an unknown status": _dispute(DisputeStatus.UNKNOWN),
    "dispute opened, more deducted than was captured": _dispute(DisputeStatus.OPEN, deducted=AMOUNT + 1),
    "manual refund of an extra payment": ManualRefund(EXTRA_PAYMENT_ID, "UTR1", AMOUNT),
    "manual refund above the captured amount": ManualRefund(PAYMENT_ID, "UTR1", AMOUNT + 1),
    "manual refund above the amount of an extra payment": ManualRefund(EXTRA_PAYMENT_ID, "UTR1", AMOUNT + 1),
    "refund of an extra payment rejected by the gateway": RefundRejected(EXTRA_PAYMENT_ID, None, "no balance"),
    "partial refund of a payment on hold requested": RefundRequested("part", 100, EXTRA_PAYMENT_ID),
    "refund of an unknown payment requested": RefundRequested("all", None, "pay_CCCCCCCCCCCCCC"),
    "captured, an extra payment of another amount": Captured(EXTRA_PAYMENT_ID, AMOUNT + 1, "INR"),
    **{
        f"refund of an extra payment {status.value}": Refunded(EXTRA_PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, status)
        for status in RefundStatus
    },
    **{
        f"requested partial refund {status.value}": Refunded(PAYMENT_ID, _PARTIAL_REFUND_ID, 100, status, "part")
        for status in RefundStatus
    },
}
"""Explored by the tests, and left out of docs/transitions.md."""

ENROLLMENTS: Final[dict[str, Enrollment | None]] = {
    "none": None,
    "pending for this order": make_enrollment(EnrollmentStatus.PENDING, order_id=ORDER_ID),
    "pending for another order": make_enrollment(EnrollmentStatus.PENDING, order_id=OTHER_ORDER_ID),
    "active by this order": make_enrollment(EnrollmentStatus.ACTIVE, granted_by=ORDER_ID),
    "active by another order": make_enrollment(EnrollmentStatus.ACTIVE, granted_by=OTHER_ORDER_ID),
    "active, free": make_enrollment(EnrollmentStatus.ACTIVE, granted_by=FREE_GRANT),
    "active by an admin": make_enrollment(EnrollmentStatus.ACTIVE, granted_by=ADMIN_GRANT),
    "completed by this order": make_enrollment(EnrollmentStatus.COMPLETED, granted_by=ORDER_ID),
    "completed by another order": make_enrollment(EnrollmentStatus.COMPLETED, granted_by=OTHER_ORDER_ID),
    **{
        f"cancelled: {reason.value}": make_enrollment(EnrollmentStatus.CANCELLED, reason=reason)
        for reason in (
            StatusReason.EXPIRED,
            StatusReason.NOT_CAPTURED,
            StatusReason.MISMATCH,
            StatusReason.WITHDRAWN,
            StatusReason.REFUNDED,
            StatusReason.REVOKED,
            StatusReason.CHARGEBACK,
        )
    },
}


def enrollment_beside(payment: Payment, enrollment: Enrollment | None) -> Enrollment | None:
    """The enrollment as it is stored beside the payment: it lists the order while money on it is on hold."""
    if not on_hold(payment):
        return enrollment
    stored = enrollment or make_enrollment(EnrollmentStatus.CANCELLED, reason=StatusReason.MISMATCH)
    return apply_changes(stored, {"orders_on_hold": [payment.order_id]})
