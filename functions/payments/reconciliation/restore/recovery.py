"""What a recovery did, and what it left."""

from dataclasses import dataclass, field
from typing import Any

from functions.payments.reconciliation.restore.left_to_admin import DueRefund, Undecided
from shared.db.payments.documents.number_series import Series, VoidedNumbers


@dataclass
class Recovery:
    """What a recovery did: the voided numbers by the series of a financial year, such as `L/26-27`, and the numbers of
    orders. `undecided` are the captures on hold: an admin accepts or refunds them. `due_refunds` are not made yet: an
    admin checks whether they were made manually. `failed` are orders that could not be settled now, or were left out
    because another order of their learner failed. `unreadable` are the ids of entities of the gateway without the
    documented form."""

    voided: dict[str, VoidedNumbers] = field(default_factory=dict)
    updated: int = 0
    adopted: int = 0
    settled: int = 0
    undecided: list[Undecided] = field(default_factory=list)
    due_refunds: list[DueRefund] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def voided_count(self, series: Series[Any]) -> int:
        """How many numbers of the series were voided, of all years."""
        ranges = (each for name, each in self.voided.items() if name.startswith(series.prefix))
        return sum(each.last - each.first + 1 for each in ranges)

    @property
    def is_complete(self) -> bool:
        """Whether every order is settled, and nothing is left to an admin."""
        return not (self.undecided or self.due_refunds or self.failed or self.unreadable)
