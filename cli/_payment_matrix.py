"""Every situation that money can meet: what the exploration of `decide` goes through, and its table shows."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.db.entities import Enrollment, Payment
from shared.db.table import keys
from shared.db.table.changes import apply_changes
from shared.domain.lifecycle import ADMIN_GRANT, FREE_GRANT, EnrollmentStatus, PaymentStatus, StatusReason
from shared.enrollment_rules import new_enrollment
from shared.settlement.evidence import (
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeLost,
    Evidence,
    ManualRefund,
    NoPaymentFound,
    Refunded,
    RefundRejected,
    RefundRequested,
    RefundStatus,
    RefundsUnchanged,
    SignedCheckout,
)
from shared.settlement.poll_schedule import schedule_poll

NOW: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORDER_ID: Final = "order_AAAAAAAAAAAAAA"
OTHER_ORDER_ID: Final = "order_BBBBBBBBBBBBBB"
PAYMENT_ID: Final = "pay_AAAAAAAAAAAAAA"
EXTRA_PAYMENT_ID: Final = "pay_BBBBBBBBBBBBBB"
AMOUNT: Final = 49_900
_PARTIAL_REFUND_ID: Final = "rfnd_AAAAAAAAAAAAAA"
_FULL_REFUND_ID: Final = "rfnd_BBBBBBBBBBBBBB"
_DISPUTE_ID: Final = "disp_AAAAAAAAAAAAAA"

EVIDENCE: Final[dict[str, Evidence]] = {
    "a signed checkout": SignedCheckout(PAYMENT_ID),
    "authorised": Authorized(PAYMENT_ID, AMOUNT, "INR"),
    "authorised, another amount": Authorized(PAYMENT_ID, AMOUNT - 1, "INR"),
    "captured": Captured(PAYMENT_ID, AMOUNT, "INR"),
    "captured, another currency": Captured(PAYMENT_ID, AMOUNT, "USD"),
    "another payment was captured too": Captured(EXTRA_PAYMENT_ID, AMOUNT, "INR"),
    "one attempt failed": AttemptFailed(PAYMENT_ID),
    "asked, nothing paid": NoPaymentFound(),
    "authorised money went back": AuthorizationVoided(PAYMENT_ID),
    "a part was refunded": Refunded(PAYMENT_ID, _PARTIAL_REFUND_ID, 100, RefundStatus.PROCESSED),
    "a refund of the whole is under way": Refunded(PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, RefundStatus.PENDING),
    "the whole was refunded": Refunded(PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, RefundStatus.PROCESSED),
    "a refund failed": Refunded(PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, RefundStatus.FAILED),
    "an admin wants a part given back": RefundRequested("part", 100),
    "an admin wants the whole amount given back": RefundRequested("whole", AMOUNT),
    "an admin wants all that is left given back": RefundRequested("all", None),
    "an admin wants what is held given back": RefundRequested("all", None, EXTRA_PAYMENT_ID),
    "asked for refunds, nothing new": RefundsUnchanged(),
    "the gateway refuses to give it back": RefundRejected(PAYMENT_ID, None, "no balance"),
    "a dispute over all of it is lost": DisputeLost(PAYMENT_ID, _DISPUTE_ID, AMOUNT),
    "a dispute over a part is lost": DisputeLost(PAYMENT_ID, _DISPUTE_ID, 100),
    "an admin returned a part by hand": ManualRefund(PAYMENT_ID, "UTR1", 100),
    "an admin returned all of it by hand": ManualRefund(PAYMENT_ID, "UTR1", AMOUNT),
}


def make_payment(status: PaymentStatus, *, window_over: bool = False, **changes: Any) -> Payment:
    """A payment in that state as it comes to be stored; its timer, where it has one, is due."""
    held = status in (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
    made = NOW - timedelta(hours=1 if window_over else 0)
    facts = {
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
        "window_ends_at": made + timedelta(minutes=30),
        "version": 1,
        "created_at": made,
        "updated_at": made,
        **({} if status in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED) else schedule_poll(ORDER_ID, NOW)),
    }
    return Payment.build(keys.payment(ORDER_ID), **{**facts, **changes})


def _extra_capture(**changes: Any) -> dict[str, Any]:
    kept = {"amount": AMOUNT, "currency": "INR", "refunds": {}, "other_returns": {}, "held": False}
    return {EXTRA_PAYMENT_ID: {**kept, **changes}}


def make_enrollment(status: EnrollmentStatus, **changes: Any) -> Enrollment:
    return apply_changes(
        new_enrollment("usr_1", "Ravi", "crs_1", "usr_2", NOW), {"status": status, "version": 1, **changes}
    )


PAYMENTS: Final = {
    "pending": make_payment(PaymentStatus.PENDING),
    "pending, window over": make_payment(PaymentStatus.PENDING, window_over=True),
    "pending, another amount reserved": make_payment(PaymentStatus.PENDING, reason=StatusReason.MISMATCH),
    "authorized": make_payment(PaymentStatus.AUTHORIZED),
    "captured": make_payment(PaymentStatus.CAPTURED),
    "failed": make_payment(PaymentStatus.FAILED, window_over=True),
    "failed, another amount held": make_payment(
        PaymentStatus.FAILED,
        window_over=True,
        reason=StatusReason.MISMATCH,
        surplus=_extra_capture(amount=AMOUNT - 1, held=True),
    ),
    "refund_pending": make_payment(PaymentStatus.REFUND_PENDING),
    "refunded": make_payment(PaymentStatus.REFUNDED),
}
_LOST_DISPUTE: Final = {_DISPUTE_ID: {"amount": AMOUNT, "by": "dispute"}}
_PARTIAL_REFUND_REQUEST: Final = {"part": {"amount": 100, "refund_id": ""}}
UNDOCUMENTED_PAYMENTS: Final = {
    "authorized, another amount reserved": make_payment(PaymentStatus.AUTHORIZED, reason=StatusReason.MISMATCH),
    "authorized, another amount held": make_payment(
        PaymentStatus.AUTHORIZED, surplus=_extra_capture(amount=AMOUNT - 1, held=True)
    ),
    "failed, another amount reserved": make_payment(
        PaymentStatus.FAILED, window_over=True, reason=StatusReason.MISMATCH
    ),
    "failed, another amount on its way back": make_payment(
        PaymentStatus.FAILED, window_over=True, reason=StatusReason.MISMATCH, surplus=_extra_capture(amount=AMOUNT - 1)
    ),
    "captured, a part lost": make_payment(
        PaymentStatus.CAPTURED, other_returns={_DISPUTE_ID: {"amount": 100, "by": "dispute"}}, refunded_amount=100
    ),
    "refunded, one more look": make_payment(PaymentStatus.REFUNDED, **schedule_poll(ORDER_ID, NOW)),
    "refunded by a dispute": make_payment(
        PaymentStatus.REFUNDED, reason=StatusReason.CHARGEBACK, refunds={}, other_returns=_LOST_DISPUTE
    ),
    "refunded by a dispute, a refund under way": make_payment(
        PaymentStatus.REFUNDED,
        reason=StatusReason.CHARGEBACK,
        other_returns=_LOST_DISPUTE,
        refunds={_FULL_REFUND_ID: {"amount": AMOUNT, "status": "pending"}},
        **schedule_poll(ORDER_ID, NOW),
    ),
    "failed, another attempt went back": make_payment(PaymentStatus.FAILED, returned_payment_ids=[EXTRA_PAYMENT_ID]),
    "failed, this attempt went back": make_payment(PaymentStatus.FAILED, returned_payment_ids=[PAYMENT_ID]),
    "captured, a part asked back": make_payment(
        PaymentStatus.CAPTURED, refund_requests=_PARTIAL_REFUND_REQUEST, **schedule_poll(ORDER_ID, NOW)
    ),
    "captured, a part given back": make_payment(
        PaymentStatus.CAPTURED,
        refunds={_PARTIAL_REFUND_ID: {"amount": 100, "status": "processed"}},
        refunded_amount=100,
    ),
    "captured, twice": make_payment(PaymentStatus.CAPTURED, surplus=_extra_capture(), **schedule_poll(ORDER_ID, NOW)),
    "captured, twice, the other charged back": make_payment(
        PaymentStatus.CAPTURED, surplus=_extra_capture(other_returns=_LOST_DISPUTE)
    ),
    "refund_pending, captured twice": make_payment(PaymentStatus.REFUND_PENDING, surplus=_extra_capture()),
    "refunded, captured twice": make_payment(
        PaymentStatus.REFUNDED, surplus=_extra_capture(), **schedule_poll(ORDER_ID, NOW)
    ),
    "refund_pending, under way": make_payment(
        PaymentStatus.REFUND_PENDING, refunds={_FULL_REFUND_ID: {"amount": AMOUNT, "status": "pending"}}
    ),
    "refund_pending, once failed": make_payment(
        PaymentStatus.REFUND_PENDING, refunds={_FULL_REFUND_ID: {"amount": AMOUNT, "status": "failed"}}
    ),
}
UNDOCUMENTED_EVIDENCE: Final[dict[str, Evidence]] = {
    "captured, another amount": Captured(PAYMENT_ID, AMOUNT + 1, "INR"),
    "the gateway refuses to give a part back": RefundRejected(PAYMENT_ID, "part", "no balance"),
    "another attempt went back": AuthorizationVoided(EXTRA_PAYMENT_ID),
    "a dispute over what was captured too is lost": DisputeLost(EXTRA_PAYMENT_ID, _DISPUTE_ID, AMOUNT),
    "what was captured too was returned by hand": ManualRefund(EXTRA_PAYMENT_ID, "UTR1", AMOUNT),
    "more than what was captured was returned by hand": ManualRefund(PAYMENT_ID, "UTR1", AMOUNT + 1),
    "more than what was captured too was returned by hand": ManualRefund(EXTRA_PAYMENT_ID, "UTR1", AMOUNT + 1),
    "the gateway refuses to give back what was captured too": RefundRejected(EXTRA_PAYMENT_ID, None, "no balance"),
    "an admin wants a part of what is held": RefundRequested("part", 100, EXTRA_PAYMENT_ID),
    "an admin wants what nobody captured": RefundRequested("all", None, "pay_CCCCCCCCCCCCCC"),
    "what was captured too, another amount": Captured(EXTRA_PAYMENT_ID, AMOUNT + 1, "INR"),
    **{
        f"a refund of what was captured too is {status.value}": Refunded(
            EXTRA_PAYMENT_ID, _FULL_REFUND_ID, AMOUNT, status
        )
        for status in RefundStatus
    },
    **{
        f"a part that was asked back is {status.value}": Refunded(PAYMENT_ID, _PARTIAL_REFUND_ID, 100, status, "part")
        for status in RefundStatus
    },
}
"""What is explored beside the rest, and told by no table."""

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
