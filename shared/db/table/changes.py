"""A state change as data: attribute name > new value (None removes the attribute)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from pynamodb.attributes import MapAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared import clock
from shared.db.table.base import Item

I = TypeVar("I", bound=Item)  # noqa: E741

Changes = Mapping[str, Any]

_ITEM_KEYS: Final = frozenset({"pk", "sk", "kind"})


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
    """The condition that the stored item still has the version of `item`, which was read; for None, that there still is
    no item."""
    condition: Condition = kind.pk.does_not_exist() if item is None else kind.version == item.version
    return condition


def history_json(changes: Changes) -> str:
    """The changes as the JSON of a history entry, times and states in their stored form. Index keys are left out: they
    are derived."""
    recorded = {name: _json_value(value) for name, value in changes.items() if not name.startswith("gsi")}
    return json.dumps(recorded, sort_keys=True, separators=(",", ":"))


def recorded_values(item: Item) -> dict[str, Any]:
    """The attributes of a stored item as its history entries record them: JSON values, without the keys of the item and
    of the indexes."""
    values = {name: value for name, value in item.attribute_values.items() if name not in _ITEM_KEYS}
    maps = {name: value.as_dict() for name, value in values.items() if isinstance(value, MapAttribute)}
    scalars: dict[str, Any] = json.loads(history_json({n: value for n, value in values.items() if n not in maps}))
    return scalars | maps


def _json_value(value: Any) -> Any:
    """JSON stores a state as its string without our help."""
    return clock.text(value) if isinstance(value, datetime) else value
