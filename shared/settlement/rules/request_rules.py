"""Rules for the refunds that admins request: which request is accepted, which refund answers it, and when it is open
again. Pure.

A request is a promise. It ends with a refund that Razorpay created for it, with a manual refund, or is closed with
Razorpay's reason for rejecting it for good; it never disappears.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import extra_captures, primary_capture, refund_requests
from shared.domain.captures import RefundRequest, RefundRequests, RefundStatus
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.settlement.balances import (
    MIN_REFUND,
    has_open_dispute,
    open_requests,
    refundable_balance,
    unrequested_balance,
)
from shared.settlement.decision import NO_CHANGE, Decision, Verdict, is_basis_of
from shared.settlement.evidence import ManualRefund, Refunded, RefundRequested
from shared.settlement.rules.extra_capture_rules import release_hold

IN_FULL_REFUND: Final = "with the rest"
"""No refund id: a marker in its place, for a request whose amount is refunded as part of the whole remaining balance.
The request is not open, and its key is known."""

_REFUND_AGE: Final = timedelta(days=180)
"""Razorpay refunds no payment older than six months."""


def gateway_refunds_until(payment: Payment) -> datetime:
    """The last moment (UTC) at which Razorpay refunds the captured payment. Razorpay counts from the payment, which is
    no older than its order. `captured_at` is when we learned of the capture, or an admin accepted it, perhaps months
    later. The order is as old as its item here; one that was adopted later is as old as its window, to the length of
    that."""
    return min(payment.created_at, payment.window_ends_at) + _REFUND_AGE


def refund_requested(
    payment: Payment, enrollment: Enrollment | None, evidence: RefundRequested, now: datetime
) -> Decision:
    if evidence.payment_id is not None:
        return release_hold(payment, evidence.payment_id, evidence.amount, now)
    if _is_known_request(payment, evidence):
        return NO_CHANGE
    balance = unrequested_balance(payment)
    amount = balance if evidence.amount is None else evidence.amount
    if payment.status is not PaymentStatus.CAPTURED or not _is_refundable(amount, balance):
        return Decision(Verdict.REJECTED)
    if has_open_dispute(primary_capture(payment)):
        return Decision(Verdict.REJECTED)
    if amount < balance:
        requests = {**refund_requests(payment), evidence.key: RefundRequest(amount)}
        return Decision(Verdict.RECORDED, PaymentChanges(refund_requests=requests, next_poll_at=now))
    changes = PaymentChanges(status=PaymentStatus.REFUND_PENDING, reason=StatusReason.REQUESTED, next_poll_at=now)
    if evidence.amount is not None:
        requests = {**refund_requests(payment), evidence.key: RefundRequest(amount, IN_FULL_REFUND)}
        changes = replace(changes, refund_requests=requests)
    ends = is_basis_of(payment, enrollment)
    return Decision(Verdict.REFUND_DUE, changes, cancellation_changes(StatusReason.REFUNDED, now) if ends else None)


def _is_known_request(payment: Payment, evidence: RefundRequested) -> bool:
    """Whether this request was recorded already, or is one for a full refund of a payment that is refunded in full. A
    payment that a lost dispute returned is not: if the dispute is won after all, the learner gets the access back."""
    is_refund = payment.status in (PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
    fully_refunded = is_refund and payment.reason is not StatusReason.CHARGEBACK
    return evidence.key in refund_requests(payment) or (evidence.amount is None and fully_refunded)


def _is_refundable(amount: int, balance: int) -> bool:
    """Whether `amount` of `balance` can be refunded, and the rest of it later."""
    rest = balance - amount
    return balance > 0 and (rest == 0 or rest >= MIN_REFUND)


def requests_after_refund(requests: RefundRequests, evidence: Refunded, status: RefundStatus) -> RefundRequests:
    """The requests once the refund is recorded with `status`. A refund answers the request whose key it names. When it
    failed, the request is open again, and the next refund of it has another idempotency key. Safe to repeat, and in any
    order: each failed refund is counted once. A key that is unknown here was lost with a later table, which an older
    one replaced: the request is recorded again, so that it is neither refunded twice nor forgotten."""
    key = evidence.request_key
    is_lost = key is not None and key not in requests and not _is_answer(requests, evidence.refund_id)
    known = {**requests, key: RefundRequest(evidence.amount)} if key is not None and is_lost else requests
    return {each: _after_refund(each, request, evidence, status) for each, request in known.items()}


def requests_after_extra_refund(payment: Payment, evidence: Refunded) -> RefundRequests:
    """The requests once the refund of an extra capture is recorded. Only refunds of the sale answer requests, so one
    that names a request was made while that capture was the sale, in a table that an older one replaced. Now the whole
    capture is returned anyway, and the request is one of the sale: it stays open, and counts the refund as failed, so
    that its next refund has another idempotency key. A key that is unknown here was lost with that table: the request
    is recorded again, if it fits into the sale that is left."""
    requests, key, amount = refund_requests(payment), evidence.request_key, evidence.amount
    if key is None or evidence.payment_id not in extra_captures(payment):
        return requests
    if key not in requests:
        if payment.status is not PaymentStatus.CAPTURED or unrequested_balance(payment) - amount < MIN_REFUND:
            return requests
        requests = {**requests, key: RefundRequest(amount)}
    return {**requests, key: _after_failed_refund(requests[key], evidence.refund_id)}


def requests_after_manual_refund(payment: Payment, evidence: ManualRefund) -> RefundRequests | None:
    """The requests once the manual refund of the primary capture is recorded; None when it is rejected, because the
    learner would get more than was decided: Razorpay makes the refunds of the requests that stay open.

    It answers the request that it names, which is open or was rejected for good. Without a name, it answers the open
    one of the same amount that Razorpay rejected, the first by key; and if it returns the whole balance of the capture,
    all that Razorpay rejected. Others are not answered: Razorpay may be about to make their refunds.

    It is rejected if it answers none although it names one, or although one is open, except while the whole remaining
    balance is due: then it returns a part of that. The requests that stay open must fit into the balance after it."""
    requests, balance = refund_requests(payment), refundable_balance(primary_capture(payment))
    keys = _answered_keys(requests, evidence, balance)
    is_rest_due = payment.status is PaymentStatus.REFUND_PENDING
    if not keys and (evidence.request_key is not None or (open_requests(requests) and not is_rest_due)):
        return None
    answered = {key: replace(requests[key], refund_id=evidence.reference, closed=False) for key in keys}
    after = {**requests, **answered}
    still_requested = sum(request.amount for request in open_requests(after).values())
    return after if evidence.amount <= balance - still_requested else None


def _answered_keys(requests: RefundRequests, evidence: ManualRefund, balance: int) -> list[str]:
    if evidence.request_key is not None:
        return [key for key, request in requests.items() if key == evidence.request_key and request.refund_id is None]
    waiting = open_requests(requests)
    rejected = [key for key in sorted(waiting) if waiting[key].rejection is not None]
    if evidence.amount == balance:
        return rejected
    return [key for key in rejected if waiting[key].amount == evidence.amount][:1]


def _is_answer(requests: RefundRequests, refund_id: str) -> bool:
    """Whether the refund answers a request, or did before it failed."""
    return any(refund_id in (request.refund_id, *request.failed_refunds) for request in requests.values())


def _after_refund(key: str, request: RefundRequest, evidence: Refunded, status: RefundStatus) -> RefundRequest:
    answers_it = request.refund_id == evidence.refund_id
    is_named = key == evidence.request_key
    if status.has_failed:
        return _after_failed_refund(request, evidence.refund_id) if answers_it or is_named else request
    if is_named and request.refund_id is None:
        return replace(request, refund_id=evidence.refund_id, closed=False, rejection=None)
    return request


def _after_failed_refund(request: RefundRequest, refund_id: str) -> RefundRequest:
    """Counts the failed refund once. The request is open again, unless another refund answers it already."""
    if refund_id in request.failed_refunds:
        return request
    answer = None if request.refund_id == refund_id else request.refund_id
    failed_refunds = (*request.failed_refunds, refund_id)
    return replace(request, refund_id=answer, failed=request.failed + 1, failed_refunds=failed_refunds)
