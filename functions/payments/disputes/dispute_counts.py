"""The open disputes, counted for the alarm about deadlines. It does not call Razorpay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.db.entities import DisputeRecord
from shared.db.payments import disputes
from shared.domain.captures import DisputeStatus

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
