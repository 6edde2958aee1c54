"""Rules for the refunds that admins requested: which refund answers a request, and when a request is open again. Pure.

A request is a promise. It ends with a refund that Razorpay created for it, or is closed with Razorpay's reason for
rejecting it for good; it never disappears.
"""

from dataclasses import replace

from shared.domain.captures import RefundRequest, RefundRequests, RefundStatus
from shared.settlement.evidence import Refunded


def requests_after_refund(requests: RefundRequests, evidence: Refunded, status: RefundStatus) -> RefundRequests:
    """The requests once the refund is recorded with `status`. A refund answers the request whose key it names. When it
    failed, the request is open again, and the next refund of it has another idempotency key. Safe to repeat, and in any
    order: each failed refund is counted once. A key that is unknown here was lost with a later table, which an older
    one replaced: the request is recorded again, so that it is neither refunded twice nor forgotten."""
    key = evidence.request_key
    known = requests if key is None or key in requests else {**requests, key: RefundRequest(evidence.amount)}
    return {each: _after_refund(each, request, evidence, status) for each, request in known.items()}


def _after_refund(key: str, request: RefundRequest, evidence: Refunded, status: RefundStatus) -> RefundRequest:
    refund_id, is_linked = evidence.refund_id, request.refund_id == evidence.refund_id
    is_named = key == evidence.request_key
    if status.has_failed:
        if refund_id in request.failed_refunds or not (is_linked or is_named):
            return request
        ids = (*request.failed_refunds, refund_id)
        linked_to = None if is_linked else request.refund_id
        return replace(request, refund_id=linked_to, failed=request.failed + 1, failed_refunds=ids)
    if is_named and request.refund_id is None:
        return replace(request, refund_id=refund_id, closed=False, rejection=None)
    return request
