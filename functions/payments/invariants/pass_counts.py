"""What a pass over the whole table has counted and found so far, as it is stored between two slices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from functions.payments.invariants.ledger import Breach, NumberSeries
from functions.payments.invariants.number_tally import NumberTally
from shared import clock

MAX_STORED_BREACHES: Final = 50

Json = dict[str, Any]


@dataclass
class PassCounts:
    """`items` of the table were read; `payments` were among them. `learners` were examined, because they had not been
    in their current state. `breaches` are those that no examination of a learner finds: of numbers, of certificates
    that no enrollment refers to, and of items that cannot be read. At most 50 of them are stored; `breach_count` counts
    all."""

    numbers: NumberTally
    items: int = 0
    payments: int = 0
    learners: int = 0
    learners_with_breaches: int = 0
    breach_count: int = 0
    breaches: list[Breach] = field(default_factory=list)

    @classmethod
    def starting(cls, series: Mapping[str, NumberSeries]) -> Self:
        return cls(NumberTally(series))

    def add_breaches(self, breaches: Iterable[Breach]) -> None:
        for breach in breaches:
            self.breach_count += 1
            if len(self.breaches) < MAX_STORED_BREACHES:
                self.breaches.append(breach)

    def as_json(self) -> Json:
        return self._counts() | {"numbers": self.numbers.as_json()}

    def as_result(self, began_at: datetime) -> Json:
        """The counts of a completed pass that began at that time (UTC)."""
        return self._counts() | {"began_at": clock.text(began_at)}

    def _counts(self) -> Json:
        return {
            "items": self.items,
            "payments": self.payments,
            "learners": self.learners,
            "learners_with_breaches": self.learners_with_breaches,
            "breach_count": self.breach_count,
            "breaches": self.breaches,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        counts = {name: value for name, value in document.items() if name not in ("numbers", "breaches")}
        return cls(NumberTally.from_json(document["numbers"]), **counts, breaches=stored_breaches(document))


def stored_breaches(document: Mapping[str, Any]) -> list[Breach]:
    """The breaches of a stored pass, running or completed."""
    return [Breach(*each) for each in document.get("breaches", ())]


def unstored_breaches(document: Mapping[str, Any]) -> int:
    """How many breaches a stored pass found beyond those that it stores."""
    return int(document.get("breach_count", 0)) - len(document.get("breaches", ()))
