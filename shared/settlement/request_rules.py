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
    order: each failed refund is counted once."""
    return {key: _after_refund(key, request, evidence, status) for key, request in requests.items()}


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
