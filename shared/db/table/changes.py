"""A state change as data: attribute name > new value (None removes the attribute)."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared import clock
from shared.db.table.base import Item

I = TypeVar("I", bound=Item)  # noqa: E741

Changes = Mapping[str, Any]


def update_actions(kind: type[Item], changes: Changes) -> list[Action]:
    """The actions of an update expression that applies `changes`."""
    return [
        getattr(kind, name).remove() if value is None else getattr(kind, name).set(value)
        for name, value in changes.items()
    ]


def apply_changes(item: I, changes: Changes) -> I:
    """A copy of `item` as it is stored once `changes` are written."""
    copy = item.copy()
    for name, value in changes.items():
        if value is None:
            copy.attribute_values.pop(name, None)
        else:
            setattr(copy, name, value)
    return copy


def unchanged_since_read(kind: type[Any], item: Any) -> Condition:
    """The condition that a versioned item still has the version that was read; for None, that it is still absent."""
    condition: Condition = kind.pk.does_not_exist() if item is None else kind.version == item.version
    return condition


def history_json(changes: Changes) -> str:
    """The changes as the JSON of a history entry, times and states in their stored form. Index keys are left out: they
    are derived."""
    recorded = {name: _json_value(value) for name, value in changes.items() if not name.startswith("gsi")}
    return json.dumps(recorded, sort_keys=True, separators=(",", ":"))


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.text(value)
    return value.value if isinstance(value, StrEnum) else value
