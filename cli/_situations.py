"""Every situation that money can meet: what the exploration of `decide` goes through, and its table shows."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from functions.payments.evidence import (
    AttemptFailed,
    Authorized,
    Captured,
    DisputeLost,
    Evidence,
    NotCaptured,
    NothingNew,
    NothingPaid,
    Refunded,
    RefundRefused,
    RefundRequested,
    RefundStatus,
    ReturnedByHand,
    SignedCheckout,
)
from functions.payments.timers import timer
from shared.db import keys
from shared.db.changes import changed
from shared.db.entities import Enrollment, Payment
from shared.enrolling import blank
from shared.lifecycle import ADMIN, FREE, EnrollmentStatus, PaymentStatus, Reason

NOW: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORDER: Final = "order_AAAAAAAAAAAAAA"
OTHER: Final = "order_BBBBBBBBBBBBBB"
PAID: Final = "pay_AAAAAAAAAAAAAA"
BESIDE: Final = "pay_BBBBBBBBBBBBBB"
AMOUNT: Final = 49_900
_PART: Final = "rfnd_AAAAAAAAAAAAAA"
_WHOLE: Final = "rfnd_BBBBBBBBBBBBBB"
_DISPUTE: Final = "disp_AAAAAAAAAAAAAA"

EVIDENCE: Final[dict[str, Evidence]] = {
    "a signed checkout": SignedCheckout(PAID),
    "authorised": Authorized(PAID, AMOUNT, "INR"),
    "authorised, another amount": Authorized(PAID, AMOUNT - 1, "INR"),
    "captured": Captured(PAID, AMOUNT, "INR"),
    "captured, another currency": Captured(PAID, AMOUNT, "USD"),
    "another payment was captured too": Captured(BESIDE, AMOUNT, "INR"),
    "one attempt failed": AttemptFailed(PAID),
    "asked, nothing paid": NothingPaid(),
    "authorised money went back": NotCaptured(PAID),
    "a part was refunded": Refunded(PAID, _PART, 100, RefundStatus.PROCESSED),
    "a refund of the whole is under way": Refunded(PAID, _WHOLE, AMOUNT, RefundStatus.PENDING),
    "the whole was refunded": Refunded(PAID, _WHOLE, AMOUNT, RefundStatus.PROCESSED),
    "a refund failed": Refunded(PAID, _WHOLE, AMOUNT, RefundStatus.FAILED),
    "an admin wants a part given back": RefundRequested("part", 100),
    "an admin wants the whole amount given back": RefundRequested("whole", AMOUNT),
    "an admin wants all that is left given back": RefundRequested("all", None),
    "an admin wants what is held given back": RefundRequested("all", None, BESIDE),
    "asked for refunds, nothing new": NothingNew(),
    "the gateway refuses to give it back": RefundRefused(PAID, None, "no balance"),
    "a dispute over all of it is lost": DisputeLost(PAID, _DISPUTE, AMOUNT),
    "a dispute over a part is lost": DisputeLost(PAID, _DISPUTE, 100),
    "an admin returned a part by hand": ReturnedByHand(PAID, "UTR1", 100),
    "an admin returned all of it by hand": ReturnedByHand(PAID, "UTR1", AMOUNT),
}


def payment(status: PaymentStatus, *, window_over: bool = False, **changes: Any) -> Payment:
    """A payment in that state as it comes to be stored; its timer, where it has one, is due."""
    held = status in (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
    made = NOW - timedelta(hours=1 if window_over else 0)
    facts = {
        "order_id": ORDER,
        "user_id": "usr_1",
        "course_id": "crs_1",
        "instructor_id": "usr_2",
        "receipt": "rcpt_1",
        "amount": AMOUNT,
        "currency": "INR",
        "status": status,
        "payment_id": PAID if held or status is PaymentStatus.AUTHORIZED else None,
        "captured_amount": AMOUNT if held else 0,
        "refunded_amount": AMOUNT if status is PaymentStatus.REFUNDED else 0,
        "refunds": {_WHOLE: {"amount": AMOUNT, "status": "processed"}} if status is PaymentStatus.REFUNDED else {},
        "window_ends_at": made + timedelta(minutes=30),
        "version": 1,
        "created_at": made,
        "updated_at": made,
        **({} if status in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED) else timer(ORDER, NOW)),
    }
    return Payment.under(keys.payment(ORDER), **{**facts, **changes})


def _beside(**changes: Any) -> dict[str, Any]:
    kept = {"amount": AMOUNT, "currency": "INR", "refunds": {}, "other_returns": {}, "held": False}
    return {BESIDE: {**kept, **changes}}


def enrollment(status: EnrollmentStatus, **changes: Any) -> Enrollment:
    return changed(blank("usr_1", "Ravi", "crs_1", "usr_2", NOW), {"status": status, "version": 1, **changes})


PAYMENTS: Final = {
    "pending": payment(PaymentStatus.PENDING),
    "pending, window over": payment(PaymentStatus.PENDING, window_over=True),
    "pending, another amount reserved": payment(PaymentStatus.PENDING, reason=Reason.MISMATCH),
    "authorized": payment(PaymentStatus.AUTHORIZED),
    "captured": payment(PaymentStatus.CAPTURED),
    "failed": payment(PaymentStatus.FAILED, window_over=True),
    "failed, another amount held": payment(
        PaymentStatus.FAILED, window_over=True, reason=Reason.MISMATCH, surplus=_beside(amount=AMOUNT - 1, held=True)
    ),
    "refund_pending": payment(PaymentStatus.REFUND_PENDING),
    "refunded": payment(PaymentStatus.REFUNDED),
}
_LOST: Final = {_DISPUTE: {"amount": AMOUNT, "by": "dispute"}}
_ASKED: Final = {"part": {"amount": 100, "refund_id": ""}}
MORE_PAYMENTS: Final = {
    "authorized, another amount reserved": payment(PaymentStatus.AUTHORIZED, reason=Reason.MISMATCH),
    "authorized, another amount held": payment(PaymentStatus.AUTHORIZED, surplus=_beside(amount=AMOUNT - 1, held=True)),
    "failed, another amount reserved": payment(PaymentStatus.FAILED, window_over=True, reason=Reason.MISMATCH),
    "failed, another amount on its way back": payment(
        PaymentStatus.FAILED, window_over=True, reason=Reason.MISMATCH, surplus=_beside(amount=AMOUNT - 1)
    ),
    "captured, a part lost": payment(
        PaymentStatus.CAPTURED, other_returns={_DISPUTE: {"amount": 100, "by": "dispute"}}, refunded_amount=100
    ),
    "refunded, one more look": payment(PaymentStatus.REFUNDED, **timer(ORDER, NOW)),
    "refunded by a dispute": payment(PaymentStatus.REFUNDED, reason=Reason.CHARGEBACK, refunds={}, other_returns=_LOST),
    "refunded by a dispute, a refund under way": payment(
        PaymentStatus.REFUNDED,
        reason=Reason.CHARGEBACK,
        other_returns=_LOST,
        refunds={_WHOLE: {"amount": AMOUNT, "status": "pending"}},
        **timer(ORDER, NOW),
    ),
    "failed, another attempt went back": payment(PaymentStatus.FAILED, returned_payment_ids=[BESIDE]),
    "failed, this attempt went back": payment(PaymentStatus.FAILED, returned_payment_ids=[PAID]),
    "captured, a part asked back": payment(PaymentStatus.CAPTURED, refund_requests=_ASKED, **timer(ORDER, NOW)),
    "captured, a part given back": payment(
        PaymentStatus.CAPTURED, refunds={_PART: {"amount": 100, "status": "processed"}}, refunded_amount=100
    ),
    "captured, twice": payment(PaymentStatus.CAPTURED, surplus=_beside(), **timer(ORDER, NOW)),
    "captured, twice, the other charged back": payment(PaymentStatus.CAPTURED, surplus=_beside(other_returns=_LOST)),
    "refund_pending, captured twice": payment(PaymentStatus.REFUND_PENDING, surplus=_beside()),
    "refunded, captured twice": payment(PaymentStatus.REFUNDED, surplus=_beside(), **timer(ORDER, NOW)),
    "refund_pending, under way": payment(
        PaymentStatus.REFUND_PENDING, refunds={_WHOLE: {"amount": AMOUNT, "status": "pending"}}
    ),
    "refund_pending, once failed": payment(
        PaymentStatus.REFUND_PENDING, refunds={_WHOLE: {"amount": AMOUNT, "status": "failed"}}
    ),
}
MORE_EVIDENCE: Final[dict[str, Evidence]] = {
    "captured, another amount": Captured(PAID, AMOUNT + 1, "INR"),
    "the gateway refuses to give a part back": RefundRefused(PAID, "part", "no balance"),
    "another attempt went back": NotCaptured(BESIDE),
    "a dispute over what was captured too is lost": DisputeLost(BESIDE, _DISPUTE, AMOUNT),
    "what was captured too was returned by hand": ReturnedByHand(BESIDE, "UTR1", AMOUNT),
    "more than what was captured was returned by hand": ReturnedByHand(PAID, "UTR1", AMOUNT + 1),
    "more than what was captured too was returned by hand": ReturnedByHand(BESIDE, "UTR1", AMOUNT + 1),
    "the gateway refuses to give back what was captured too": RefundRefused(BESIDE, None, "no balance"),
    "an admin wants a part of what is held": RefundRequested("part", 100, BESIDE),
    "an admin wants what nobody captured": RefundRequested("all", None, "pay_CCCCCCCCCCCCCC"),
    "what was captured too, another amount": Captured(BESIDE, AMOUNT + 1, "INR"),
    **{
        f"a refund of what was captured too is {status.value}": Refunded(BESIDE, _WHOLE, AMOUNT, status)
        for status in RefundStatus
    },
    **{
        f"a part that was asked back is {status.value}": Refunded(PAID, _PART, 100, status, "part")
        for status in RefundStatus
    },
}
"""What is explored beside the rest, and told by no table."""

ENROLLMENTS: Final[dict[str, Enrollment | None]] = {
    "none": None,
    "pending for this order": enrollment(EnrollmentStatus.PENDING, order_id=ORDER),
    "pending for another order": enrollment(EnrollmentStatus.PENDING, order_id=OTHER),
    "active by this order": enrollment(EnrollmentStatus.ACTIVE, granted_by=ORDER),
    "active by another order": enrollment(EnrollmentStatus.ACTIVE, granted_by=OTHER),
    "active, free": enrollment(EnrollmentStatus.ACTIVE, granted_by=FREE),
    "active by an admin": enrollment(EnrollmentStatus.ACTIVE, granted_by=ADMIN),
    "completed by this order": enrollment(EnrollmentStatus.COMPLETED, granted_by=ORDER),
    "completed by another order": enrollment(EnrollmentStatus.COMPLETED, granted_by=OTHER),
    **{
        f"cancelled: {reason.value}": enrollment(EnrollmentStatus.CANCELLED, reason=reason)
        for reason in (
            Reason.EXPIRED,
            Reason.NOT_CAPTURED,
            Reason.MISMATCH,
            Reason.WITHDRAWN,
            Reason.REFUNDED,
            Reason.REVOKED,
            Reason.CHARGEBACK,
        )
    },
}
