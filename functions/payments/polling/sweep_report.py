"""What one run of the sweep has done, as it is returned and logged."""

from dataclasses import dataclass, field


@dataclass
class SweepReport:
    """Counts of one run: processed items; polls and expiries by verdict; receipts, and credit and debit notes, that got
    their number; items that were due and could not be settled, and one more if further items may be due that the run
    did not list; the age of the poll and of the receipt or note that were due first; orders whose payments came from a
    list, and the list calls; the pauses after a 429; and whether the run stopped calling Razorpay (1)."""

    processed: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    receipts: int = 0
    notes: int = 0
    deferred: int = 0
    oldest_due_seconds: int = 0
    oldest_receipt_seconds: int = 0
    listed: int = 0
    list_calls: int = 0
    pauses: int = 0
    gateway_stopped: int = 0

    def count(self, verdict: str) -> None:
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
