"""The open disputes: fetched again by the poll of their order, and counted for the alarm about deadlines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from functions.payments import razorpay_evidence
from functions.payments.razorpay_evidence import MalformedPayload
from shared.db.entities import DisputeRecord, Payment
from shared.db.payments import disputes
from shared.db.payments.payment_attributes import extra_captures, primary_capture
from shared.domain.captures import DisputeStatus
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.observability import logger
from shared.settlement.evidence import DisputeReported

DEADLINE_NOTICE: Final = timedelta(hours=48)
"""How long before its deadline a dispute is due. Razorpay gives three business days, one in the last phase:
https://razorpay.com/docs/payments/disputes/chargeback-fees-and-penalties/"""
_UNANSWERED: Final = frozenset({DisputeStatus.OPEN, DisputeStatus.UNKNOWN})


@dataclass(frozen=True)
class OpenDisputeCounts:
    """`open`: disputes that have not ended. `due`: those that nobody has answered and whose deadline is less than 48
    hours away, or over. `unknown`: those in a status that Razorpay does not document."""

    open: int
    due: int
    unknown: int


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


def count_open_disputes(now: datetime) -> OpenDisputeCounts:
    """Reads the list of open disputes. Raises StoreUnavailable."""
    found = disputes.list_open()
    return OpenDisputeCounts(
        open=len(found),
        due=sum(_is_due(dispute, now) for dispute in found),
        unknown=sum(dispute.status is DisputeStatus.UNKNOWN for dispute in found),
    )


def _is_due(dispute: DisputeRecord, now: datetime) -> bool:
    return (
        dispute.status in _UNANSWERED and dispute.respond_by is not None and dispute.respond_by - now < DEADLINE_NOTICE
    )
