"""Which state changes of payments and enrollments the histories contain."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from functions.payments.invariants.history import Step
from functions.payments.invariants.ledger import Ledger
from shared.domain.lifecycle import ENROLLMENT_TRANSITIONS, PAYMENT_TRANSITIONS


def count_transitions(ledger: Ledger) -> Counter[str]:
    """How often each state change is in the ledger's history, such as "payment pending > captured"."""
    counts: Counter[str] = Counter()
    _count(counts, "payment", ledger.payment_steps.values())
    _count(counts, "enrollment", ledger.enrollment_steps.values())
    return counts


def _count(counts: Counter[str], kind: str, histories: Iterable[list[Step]]) -> None:
    for steps in histories:
        statuses = [step.changes["status"] for step in steps if "status" in step.changes]
        for before, after in pairwise(statuses):
            if before != after:
                counts[f"{kind} {before} > {after}"] += 1


def _allowed(kind: str, transitions: Mapping[Any, Iterable[StrEnum]]) -> list[str]:
    return [f"{kind} {before} > {after}" for before, reached in transitions.items() for after in sorted(reached)]


ALLOWED_TRANSITIONS: Final = (
    *_allowed("payment", PAYMENT_TRANSITIONS),
    *_allowed("enrollment", ENROLLMENT_TRANSITIONS),
)
