"""What a comparison of the ledgers found. Amounts in minor units."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from functions.payments.reconciliation.ledger_comparison import Side
from shared.domain.captures import RefundStatus
from shared.domain.reconciliation import Difference, DifferenceKind

TotalKey = tuple[str, str]
"""(currency, "captured" | "refunded" | "refund pending")"""
MAX_LISTED: Final = 1_000
"""The differences that a report lists; all of them are counted."""


@dataclass
class Reconciliation:
    """The totals of both sides over the same `orders`, in minor units. `differences` are the first that remain, `kinds`
    counts all of them. `healed` is the number of orders that differed and were settled. `not_ours` is the number of
    orders and payments of other products on the account. `reversed_amounts` is the sum of deductions for disputes and
    of manual refunds by currency, which the lists of refunds do not contain. `unreadable` are the ids of entities of
    the gateway without the documented form; they are not compared. `failed` are orders (or payments whose order is
    unknown) that could not be compared or settled now."""

    orders: int = 0
    gateway_totals: Counter[TotalKey] = field(default_factory=Counter)
    local_totals: Counter[TotalKey] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    kinds: Counter[DifferenceKind] = field(default_factory=Counter)
    healed: int = 0
    not_ours: int = 0
    reversed_amounts: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not self.kinds and not self.unreadable and not self.failed

    def add(self, gateway: Side, local: Side, differences: list[Difference]) -> None:
        """Adds an order that was compared."""
        self.orders += 1
        self.gateway_totals.update(totals([gateway]))
        self.local_totals.update(totals([local]))
        self.reversed_amounts.update(local.reversed_amounts)
        self.kinds.update(each.kind for each in differences)
        self.differences += differences[: MAX_LISTED - len(self.differences)]


def totals(sides: Iterable[Side]) -> Counter[TotalKey]:
    """The sums of captures, processed refunds and pending refunds by currency, in minor units."""
    total: Counter[TotalKey] = Counter()
    for side in sides:
        for capture in side.captured.values():
            total[capture.currency, "captured"] += capture.amount
        for refund in side.refunds.values():
            processed = refund.status == RefundStatus.PROCESSED
            total[refund.currency, "refunded" if processed else "refund pending"] += refund.amount
    return total
