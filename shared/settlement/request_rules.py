"""Rules for the refunds that admins requested: which refund answers a request, and when a request is open again. Pure.

A request is a promise. It ends with a refund that Razorpay created for it, with a manual refund, or is closed with
Razorpay's reason for rejecting it for good; it never disappears.
"""

from dataclasses import replace

from shared.domain.captures import RefundRequest, RefundRequests, RefundStatus
from shared.settlement.balances import open_requests
from shared.settlement.evidence import ManualRefund, Refunded


def requests_after_refund(requests: RefundRequests, evidence: Refunded, status: RefundStatus) -> RefundRequests:
    """The requests once the refund is recorded with `status`. A refund answers the request whose key it names. When it
    failed, the request is open again, and the next refund of it has another idempotency key. Safe to repeat, and in any
    order: each failed refund is counted once. A key that is unknown here was lost with a later table, which an older
    one replaced: the request is recorded again, so that it is neither refunded twice nor forgotten."""
    key = evidence.request_key
    is_lost = key is not None and key not in requests and not _is_answer(requests, evidence.refund_id)
    known = {**requests, key: RefundRequest(evidence.amount)} if key is not None and is_lost else requests
    return {each: _after_refund(each, request, evidence, status) for each, request in known.items()}


def requests_after_manual_refund(
    requests: RefundRequests, evidence: ManualRefund, balance: int
) -> RefundRequests | None:
    """The requests once the manual refund is recorded; None while a request stays open: Razorpay would make that refund
    too, and the learner would get more than was decided.

    It answers the open request that it names. Without a name, it answers the one of the same amount that Razorpay
    rejected, the first by key; and if it returns the whole `balance` of the capture, all that Razorpay rejected. Others
    are not answered: Razorpay may be about to make their refunds."""
    answered = {
        key: replace(request, refund_id=evidence.reference)
        for key, request in requests.items()
        if key in _answered_keys(open_requests(requests), evidence, balance)
    }
    after = {**requests, **answered}
    return None if open_requests(after) else after


def _answered_keys(waiting: RefundRequests, evidence: ManualRefund, balance: int) -> list[str]:
    if evidence.request_key is not None:
        return [key for key in waiting if key == evidence.request_key]
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
