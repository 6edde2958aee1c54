"""Payments and evidence that decisions are about, and the attributes that they write."""

from datetime import datetime, timedelta
from typing import Any

from cli._payment_matrix import AMOUNT, ENROLLMENTS, NOW, ORDER_ID, PAYMENT_ID, make_payment
from shared.domain.captures import Dispute, DisputeStatus
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.settlement.evidence import Authorized, Captured, DisputeReported

PENDING_ENROLLMENT = ENROLLMENTS["pending for this order"]
ACTIVE_ENROLLMENT = ENROLLMENTS["active by this order"]
ACTIVE_BY_OTHER_ORDER = ENROLLMENTS["active by another order"]
AUTHORIZED = Authorized(PAYMENT_ID, AMOUNT, "INR")
CAPTURED = Captured(PAYMENT_ID, AMOUNT, "INR")
NO_POLL: dict[str, Any] = {"gsi2pk": None, "gsi2sk": None}
AUTHORIZED_CHANGES = {"status": PaymentStatus.AUTHORIZED, "reason": None, "payment_id": PAYMENT_ID}
CAPTURE_ATTRIBUTES = {"payment_id": PAYMENT_ID, "captured_amount": AMOUNT, "captured_at": NOW}
CAPTURED_CHANGES = {**CAPTURE_ATTRIBUTES, "status": PaymentStatus.CAPTURED, "reason": None, **NO_POLL}
REFUND_ONE, REFUND_TWO = "rfnd_AAAAAAAAAAAAAA", "rfnd_BBBBBBBBBBBBBB"
DISPUTE_ID = "disp_AAAAAAAAAAAAAA"
OPEN, UNDER_REVIEW, UNKNOWN = DisputeStatus.OPEN, DisputeStatus.UNDER_REVIEW, DisputeStatus.UNKNOWN
WON, LOST, CLOSED = DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.CLOSED


def poll_in(minutes: float) -> dict[str, Any]:
    """The due-index attributes of a poll so many minutes from now."""
    at = (NOW + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"gsi2pk": "DUE#1", "gsi2sk": at}


def activation_changes() -> dict[str, Any]:
    return {
        "status": EnrollmentStatus.ACTIVE,
        "reason": None,
        "granted_by": ORDER_ID,
        "activated_at": NOW,
        "completed_at": None,
        "cancelled_at": None,
        **dict.fromkeys(("order_id", "order_amount", "order_currency", "order_window_ends_at", "order_buyer")),
        **NO_POLL,
    }


def cancellation_changes(reason: StatusReason) -> dict[str, Any]:
    return {
        "status": EnrollmentStatus.CANCELLED,
        "reason": reason,
        "granted_by": None,
        "cancelled_at": NOW,
        **dict.fromkeys(("order_id", "order_amount", "order_currency", "order_window_ends_at", "order_buyer")),
        **NO_POLL,
    }


def held_changes() -> dict[str, Any]:
    """The enrollment that waited for the order, or was granted by it, ends; its order is on hold."""
    return {**cancellation_changes(StatusReason.MISMATCH), "orders_on_hold": [ORDER_ID]}


def on_hold_entry(evidence: Captured) -> dict[str, Any]:
    """The entry of a capture on hold in `surplus`."""
    empty: dict[str, Any] = {"refunds": {}, "other_returns": {}}
    return {evidence.payment_id: {"amount": evidence.amount, "currency": evidence.currency, **empty, "held": True}}


def dispute(status: DisputeStatus, amount: int = AMOUNT, **fields: Any) -> Dispute:
    return Dispute(amount, status=status, **{"currency": "INR", "phase": "chargeback", "reason": "fraud", **fields})


def dispute_reported(
    status: DisputeStatus,
    amount: int = AMOUNT,
    *,
    payment_id: str = PAYMENT_ID,
    dispute_id: str = DISPUTE_ID,
    **fields: Any,
) -> DisputeReported:
    """Evidence about a dispute; what Razorpay's API reports now, unless `as_of` is given."""
    return DisputeReported(payment_id, dispute_id, dispute(status, amount, **fields))


def dispute_entry(
    status: DisputeStatus, amount: int = AMOUNT, *, deducted: int = 0, as_of: datetime = NOW, **fields: Any
) -> dict[str, Any]:
    """A dispute as it is stored."""
    words = {"currency": "INR", "status": status.value, "phase": "chargeback", "reason": "fraud"}
    stored_as_of = as_of.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"amount": amount, **words, "deducted": deducted, "as_of": stored_as_of, **fields}


def deduction(amount: int = AMOUNT, dispute_id: str = DISPUTE_ID) -> dict[str, Any]:
    """A deduction for a dispute as it is stored in `other_returns`."""
    return {dispute_id: {"amount": amount, "by": "dispute"}}


def disputed(status: DisputeStatus, amount: int = AMOUNT, *, deducted: int = 0, **fields: Any) -> dict[str, Any]:
    """The attributes of a capture with one dispute. `deducted` is what its reversal holds."""
    entry = dispute_entry(status, amount, deducted=deducted, **fields)
    return {"disputes": {DISPUTE_ID: entry}, **({"other_returns": deduction(deducted)} if deducted else {})}


def pending_payment(**changes: Any) -> Any:
    return make_payment(PaymentStatus.PENDING, **changes)


def captured_payment(**changes: Any) -> Any:
    return make_payment(PaymentStatus.CAPTURED, **changes)


def refund_entries(**each: tuple[int, str]) -> dict[str, Any]:
    names = {"one": REFUND_ONE, "two": REFUND_TWO}
    return {names[name]: {"amount": amount, "status": status} for name, (amount, status) in each.items()}
