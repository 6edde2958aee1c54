"""The open disputes of an order, fetched again by its poll."""

from collections.abc import Iterator

from functions.payments import razorpay_evidence
from functions.payments.razorpay_evidence import MalformedPayload
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import extra_captures, primary_capture
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.observability import logger
from shared.settlement.evidence import DisputeReported


def fetch_open_disputes(payment: Payment) -> Iterator[DisputeReported]:
    """The current state of each open dispute of the order at Razorpay: the webhook about its end may be lost. One that
    Razorpay does not return, or not in the documented form, is skipped, so that it blocks nothing else.

    Raises GatewayUnavailable."""
    for capture in (primary_capture(payment), *extra_captures(payment).values()):
        open_ids = [dispute_id for dispute_id, dispute in capture.disputes.items() if dispute.status.is_open]
        for dispute_id in sorted(open_ids):
            reported = _fetch_dispute(dispute_id)
            if reported:
                yield reported


def _fetch_dispute(dispute_id: str) -> DisputeReported | None:
    try:
        return razorpay_evidence.from_dispute(razorpay.fetch_dispute(dispute_id))
    except (GatewayRejected, MalformedPayload, KeyError):
        logger().exception("dispute not readable", extra={"dispute_id": dispute_id})
        return None
