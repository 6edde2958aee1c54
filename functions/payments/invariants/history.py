"""Replays the event history of an item and compares the result with the stored item."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from shared.db.entities import Enrollment, EnrollmentEvent, Payment, PaymentEvent
from shared.db.table.changes import recorded_values
from shared.history_kinds import HistoryKind, Source

_INITIAL_ATTRIBUTES: Final = frozenset(
    {
        "user_id",
        "user_name",
        "course_id",
        "instructor_id",
        "created_at",
        "refunds",
        "refund_requests",
        "captured_amount",
        "refunded_amount",
    }
)
"""Attributes that may be missing in the history. The first step of an enrollment contains changes only, no initial
values; the first step of a payment omits attributes that have their default."""


@dataclass(frozen=True)
class Step:
    """One entry of a history. None in `changes` means that the step removed the attribute."""

    number: int
    at: datetime
    kind: HistoryKind
    source: Source
    changes: dict[str, Any]

    @classmethod
    def from_event(cls, entry: PaymentEvent | EnrollmentEvent) -> Self:
        cause = entry.cause
        return cls(entry.number, entry.at, cause.kind, cause.source, json.loads(entry.changes))


def history_errors(
    item: Payment | Enrollment, steps: list[Step], allowed: Mapping[Any, frozenset[Any]]
) -> Iterator[str]:
    """Yields a description of each error in the history of `item`: a transition that is not in `allowed`, or an
    attribute whose replayed value differs from the stored one. If a step is missing, that is the only error."""
    numbers = [step.number for step in steps]
    if numbers != list(range(1, item.version + 1)):
        yield f"version {item.version}, but its history is {numbers}"
        return
    yield from _transition_errors(type(item.status), steps, allowed)
    yield from _replay_errors(item, steps)


def _transition_errors(
    status_type: type[StrEnum], steps: list[Step], allowed: Mapping[Any, frozenset[Any]]
) -> Iterator[str]:
    state: StrEnum | None = None
    for step in steps:
        if "status" not in step.changes:
            continue
        reached = status_type(step.changes["status"])
        if state not in (None, reached) and reached not in allowed[state]:
            yield f"step {step.number} goes from {state} to {reached}"
        state = reached


def _replay_errors(item: Payment | Enrollment, steps: list[Step]) -> Iterator[str]:
    replayed: dict[str, Any] = {}
    for step in steps:
        replayed |= step.changes
    stored = recorded_values(item)
    for name in sorted(replayed.keys() | stored.keys()):
        if name in _INITIAL_ATTRIBUTES and name not in replayed:
            continue
        if replayed.get(name) != stored.get(name):
            yield f"{name} is {replayed.get(name)!r} in the history and {stored.get(name)!r} in the item"
