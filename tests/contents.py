"""Everything a table holds, to show that a refusal changed nothing."""

from typing import Any

from shared.db.table.base import table
from shared.db.table.keys import Key

Snapshot = dict[Key, dict[str, Any]]


def snapshot() -> Snapshot:
    """The raw items by their keys."""
    found: Snapshot = {}
    start: dict[str, Any] | None = None
    while True:
        page = table().scan(exclusive_start_key=start, consistent_read=True)
        found |= {Key(item["pk"]["S"], item["sk"]["S"]): item for item in page["Items"]}
        start = page.get("LastEvaluatedKey")
        if not start:
            return found


def snapshot_without_due_times() -> Snapshot:
    """The raw items without their timers: a sweep that can do nothing puts off what it looked at."""
    return {key: {name: item[name] for name in item if name != "gsi2sk"} for key, item in snapshot().items()}


def added_keys(before: Snapshot) -> list[Key]:
    """Keys of the items that were added; fails when one that was there changed or is gone."""
    now = snapshot()
    assert {key: item for key, item in now.items() if key in before} == before
    return sorted(set(now) - set(before))
