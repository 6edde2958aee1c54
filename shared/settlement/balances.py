"""How much of a captured payment was refunded, is being refunded, or is left. Pure arithmetic. Amounts in minor units.

"Refunded" counts processed refunds by Razorpay and reversals (deductions for disputes, manual refunds).
"""

from typing import Final

from shared.db.entities import Payment
from shared.db.payments.payment_attributes import extra_captures, primary_capture, refund_requests
from shared.domain.captures import CapturedPayment, Refund, RefundRequest, RefundRequests, Refunds, RefundStatus
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.evidence import Refunded

HOLDING_FUNDS: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING})
EVER_CAPTURED: Final = HOLDING_FUNDS | {PaymentStatus.REFUNDED}

MIN_REFUND: Final = 100
"""Razorpay refunds no less than one rupee: https://razorpay.com/docs/api/refunds/create-normal/"""


def record_refund(refunds: Refunds, evidence: Refunded) -> Refunds | None:
    """The refunds with the reported one; None when the evidence reports nothing new. The status of a refund moves only
    forward (`RefundStatus.is_after`): other evidence is outdated."""
    known = refunds.get(evidence.refund_id)
    if known and not evidence.status.is_after(known.status):
        return None
    return {**refunds, evidence.refund_id: Refund(evidence.amount, evidence.status)}


def sum_by_status(refunds: Refunds, status: RefundStatus) -> int:
    return sum(refund.amount for refund in refunds.values() if refund.status is status)


def pending_amount(refunds: Refunds) -> int:
    """The amount that is being refunded: Razorpay has accepted the refunds, and their outcome is not known yet."""
    return sum(refund.amount for refund in refunds.values() if refund.status.is_pending)


def failed_count(refunds: Refunds) -> int:
    """How many refunds failed, or were reversed."""
    return sum(refund.status.has_failed for refund in refunds.values())


def reversed_amount(capture: CapturedPayment) -> int:
    """The amount that was returned without a refund by Razorpay."""
    return sum(reversal.amount for reversal in capture.reversals.values())


def has_open_dispute(capture: CapturedPayment) -> bool:
    """Whether a bank has still to decide about the capture. It is not refunded until then: the learner would get the
    amount twice."""
    return any(dispute.status.is_open for dispute in capture.disputes.values())


def refunded_total(capture: CapturedPayment) -> int:
    """The amount that was returned to the learner, or is deducted for an open dispute. It exceeds the capture when a
    bank debits a dispute and a refund of the same amount is processed too."""
    return sum_by_status(capture.refunds, RefundStatus.PROCESSED) + reversed_amount(capture)


def final_refunded_total(capture: CapturedPayment) -> int:
    """The part of `refunded_total` that was returned to the learner for good: without deductions for open disputes,
    which Razorpay returns to us when the dispute is won."""
    undecided = (capture.reversals.get(id_) for id_, dispute in capture.disputes.items() if dispute.status.is_open)
    return refunded_total(capture) - sum(reversal.amount for reversal in undecided if reversal)


def refundable_balance(capture: CapturedPayment) -> int:
    """The amount that is neither refunded nor being refunded."""
    return capture.amount - refunded_total(capture) - pending_amount(capture.refunds)


def has_excess_refunds(capture: CapturedPayment) -> bool:
    """Whether the refunds exceed the capture. Razorpay makes no such refund: an earlier one has failed after it was
    processed, and the message of that was lost or is late. https://razorpay.com/docs/payments/refunds/faqs/"""
    return sum_by_status(capture.refunds, RefundStatus.PROCESSED) + pending_amount(capture.refunds) > capture.amount


def unrequested_balance(payment: Payment) -> int:
    """The amount of the primary capture that is neither refunded, nor being refunded, nor requested by an admin."""
    requested = sum(request.amount for request in open_requests(refund_requests(payment)).values())
    return refundable_balance(primary_capture(payment)) - requested


def due_extra_refund(capture: CapturedPayment) -> int:
    """The amount of an extra capture that Razorpay has still to be asked to refund; 0 while the capture is on hold, or
    a dispute of it is open."""
    return 0 if capture.on_hold or has_open_dispute(capture) else max(refundable_balance(capture), 0)


def due_refunds(payment: Payment) -> dict[str, int]:
    """The amount of each capture that Razorpay has still to be asked to refund, by payment id, also while a dispute of
    it is open."""
    due = {
        payment_id: refundable_balance(capture)
        for payment_id, capture in extra_captures(payment).items()
        if not capture.on_hold
    }
    if payment.status in HOLDING_FUNDS:
        rest = unrequested_balance(payment) if payment.status is PaymentStatus.REFUND_PENDING else 0
        requested = sum(request.amount for request in open_requests(refund_requests(payment)).values())
        due[payment.payment_id] = max(rest, 0) + requested
    return {payment_id: amount for payment_id, amount in due.items() if amount > 0}


def on_hold(payment: Payment) -> dict[str, int]:
    """The refundable balance of each capture on hold, by payment id. It is refunded when an admin says so, or when a
    matching payment is captured."""
    balances = {
        payment_id: refundable_balance(capture)
        for payment_id, capture in extra_captures(payment).items()
        if capture.on_hold
    }
    return {payment_id: balance for payment_id, balance in balances.items() if balance > 0}


def has_unrefunded_extras(payment: Payment) -> bool:
    """Whether an extra capture on the order is not refunded in full yet, or not for good."""
    return any(final_refunded_total(capture) < capture.amount for capture in extra_captures(payment).values())


def open_requests(requests: RefundRequests) -> dict[str, RefundRequest]:
    """The requests for which Razorpay has still to be asked for a refund, by key."""
    return {key: request for key, request in requests.items() if request.is_open}
