"""From the changes of the table to the read models.

A change says what to look at: the item it happened to is counted as it is now (shared/db/read_models/counters.py), and what shows a
state is brought up to date, once for all changes of a batch that ask for it: a burst of enrollments in one course
rewrites its cards once. That follows even when nothing was left to count, because what delivered the change before may
have died in between.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from functions.dashboards.counter_sources import PROJECTIONS, source, subject
from functions.dashboards.projections.projection import Projection, Refresh
from shared.db.read_models import counters, rebuild_run
from shared.db.read_models.counters import CounterSource
from shared.db.table import store
from shared.db.table.keys import Key
from shared.observability import logger

Record = dict[str, Any]
_SourceId = tuple[str, Key]

SOURCES: Final = tuple(PROJECTIONS)
"""The kinds of items that are projected; the stream's filter names them, so that other changes cost nothing."""


def project(records: list[Record]) -> int | None:
    """Brings the read models up to date with the records, in order. The index of the first that must be delivered
    again, with all behind it; None when all is done."""
    counted: dict[_SourceId, int] = {}
    wanted: dict[Refresh, int] = {}
    failed: int | None = None
    for index, record in enumerate(records):
        if not _succeeds(partial(_collect, record, index, counted, wanted), record):
            failed = index
            break
    failed = _count_batch(counted, records, failed)
    for refresh, index in wanted.items():
        if (failed is None or index < failed) and not _succeeds(refresh, records[index]):
            failed = index
    return failed


def _collect(record: Record, index: int, counted: dict[_SourceId, int], wanted: dict[Refresh, int]) -> None:
    """Notes what has to be counted and what refreshed because of the record."""
    kind, key, projection = _projection_of(record)
    subjects = [(kind, key)] if projection.has_counts else []
    for each in subjects + projection.dependent_sources:
        counted.setdefault(each, index)
    for refresh in projection.refreshes:
        wanted.setdefault(refresh, index)


def _count_batch(counted: dict[_SourceId, int], records: list[Record], failed: int | None) -> int | None:
    """Counts all at once, in few transactions; if that fails one by one, to tell whose fault it is. The index of the
    first record that failed."""
    sources = {source(*each): index for each, index in counted.items()}
    if not sources:
        return failed
    try:
        counters.update_counters(list(sources), rebuild_run.current())
    except Exception:  # noqa: BLE001 (told when it fails alone)
        for each, index in sources.items():
            if not _succeeds(partial(_count_one, each), records[index]):
                return index if failed is None else min(index, failed)
    return failed


def _count_one(each: CounterSource) -> None:
    counters.update_counters([each], rebuild_run.current())


def _projection_of(record: Record) -> tuple[str, Key, Projection]:
    images = record["dynamodb"]
    old, new = images.get("OldImage"), images.get("NewImage")
    image = new or old or {}
    kind = image.get("kind", {}).get("S", "")
    if kind not in PROJECTIONS or old == new:
        return kind, Key("", ""), Projection()
    key = Key(image["pk"]["S"], image["sk"]["S"])
    before, after = (store.entity(each) if each else None for each in (old, new))
    return kind, key, PROJECTIONS[kind](subject(key), before, after)


def _succeeds(step: Callable[[], None], record: Record) -> bool:
    try:
        step()
    except Exception:  # noqa: BLE001 (whatever is wrong with a record, those before it are done)
        logger().exception("not projected", extra={"event_id": record.get("eventID")})
        return False
    return True
