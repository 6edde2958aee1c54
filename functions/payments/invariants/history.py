"""A history, folded: what the steps of an item say it must be now."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from pynamodb.attributes import MapAttribute

from shared.db.entities import Enrollment, EnrollmentEvent, Payment, PaymentEvent
from shared.db.table.changes import history_json
from shared.history_kinds import HistoryKind, Source

_UNRECORDED_ATTRIBUTES: Final = frozenset({"pk", "sk", "kind", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk"})
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
"""An enrollment's first step tells what it changes, not what it begins as; a payment's not what it has by default."""


@dataclass(frozen=True)
class Step:
    """One entry of a history; None in `changes` is an attribute that was taken away."""

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
    """What is wrong with the history of `item`: a step is missing, a transition is not in `allowed`, or the steps add
    up to something else than what is stored."""
    numbers = [step.number for step in steps]
    if numbers != list(range(1, item.version + 1)):
        yield f"version {item.version}, but its history is {numbers}"
        return
    state: StrEnum | None = None
    kind = type(item.status)
    folded: dict[str, Any] = {}
    for step in steps:
        folded |= step.changes
        reached = kind(step.changes["status"]) if "status" in step.changes else state
        if state is not None and reached is not state and reached not in allowed[state]:
            yield f"step {step.number} goes from {state} to {reached}"
        state = reached
    stored = _stored_values(item)
    for name in sorted(folded.keys() | stored.keys()):
        said = folded.get(name)
        if name in _INITIAL_ATTRIBUTES and name not in folded:
            continue
        if said != stored.get(name):
            yield f"the history says {name} is {said!r}, the item {stored.get(name)!r}"


def _stored_values(item: Payment | Enrollment) -> dict[str, Any]:
    values = {name: value for name, value in item.attribute_values.items() if name not in _UNRECORDED_ATTRIBUTES}
    maps = {name: value.as_dict() for name, value in values.items() if isinstance(value, MapAttribute)}
    plain: dict[str, Any] = json.loads(
        history_json({name: value for name, value in values.items() if name not in maps})
    )
    return plain | maps
