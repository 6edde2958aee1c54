"""Projects changes of the table onto the read models.

For each changed item, the current state is counted (shared/db/read_models/counters.py), and the read models that show
it are refreshed. A refresh that several changes of a batch require runs once: a burst of enrollments in one course
rewrites its cards once. A refresh runs even when the counters were up to date, because a previous delivery of the
change may have crashed between the two steps.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple

from functions.dashboards.counter_sources import PROJECTIONS, source, subject
from functions.dashboards.projections.projection import Projection, Refresh
from shared.db.read_models import counters, rebuild_run
from shared.db.read_models.counters import CounterSource
from shared.db.table import store
from shared.db.table.keys import Key
from shared.observability import logger

Record = dict[str, Any]

SOURCES: Final = tuple(PROJECTIONS)
"""The kinds of items that are projected. The stream's filter lists them, so that other changes cost nothing."""


class _SourceId(NamedTuple):
    kind: str
    key: Key


@dataclass
class _Work:
    """The work of a batch: source to count > index of the first record that requires it, and the same for refreshes."""

    sources: dict[_SourceId, int] = field(default_factory=dict)
    refreshes: dict[Refresh, int] = field(default_factory=dict)


def project(records: list[Record]) -> int | None:
    """Updates the read models from the records, in order. Returns the index of the first record that must be delivered
    again, with all records after it; None when all of them are done."""
    work = _Work()
    failed = _collect_all(records, work)
    failed = _earliest(failed, _count_batch(work.sources, records))
    for refresh, index in work.refreshes.items():
        if (failed is None or index < failed) and not _succeeds(refresh, records[index]):
            failed = index
    return failed


def _collect_all(records: list[Record], work: _Work) -> int | None:
    """Fills `work`. Returns the index of the first record that cannot be read; none is collected after it."""
    for index, record in enumerate(records):
        if not _succeeds(partial(_collect, record, index, work), record):
            return index
    return None


def _collect(record: Record, index: int, work: _Work) -> None:
    """Adds the sources to count and the refreshes that the record requires."""
    source_id, projection = _projection_of(record)
    sources = [source_id] if projection.has_counts else []
    sources += [_SourceId(*dependent) for dependent in projection.dependent_sources]
    for each in sources:
        work.sources.setdefault(each, index)
    for refresh in projection.refreshes:
        work.refreshes.setdefault(refresh, index)


def _count_batch(source_ids: dict[_SourceId, int], records: list[Record]) -> int | None:
    """Counts all sources in few transactions; if that fails, one by one, to find the record that causes the failure.
    Returns the index of the first record that failed."""
    sources = {source(*source_id): index for source_id, index in source_ids.items()}
    if not sources:
        return None
    try:
        counters.update_counters(list(sources), rebuild_run.current())
    except Exception:  # noqa: BLE001 (reported below, when a source fails alone)
        for each, index in sources.items():
            if not _succeeds(partial(_count_one, each), records[index]):
                return index
    return None


def _count_one(each: CounterSource) -> None:
    counters.update_counters([each], rebuild_run.current())


def _earliest(first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return first if second is None else second
    return min(first, second)


def _projection_of(record: Record) -> tuple[_SourceId, Projection]:
    """The changed item, and the effect of the change; an empty projection if the kind is not projected, or if the two
    images are equal."""
    images = record["dynamodb"]
    old, new = images.get("OldImage"), images.get("NewImage")
    image = new or old or {}
    kind = image.get("kind", {}).get("S", "")
    if kind not in PROJECTIONS or old == new:
        return _SourceId(kind, Key("", "")), Projection()
    key = Key(image["pk"]["S"], image["sk"]["S"])
    before, after = (store.entity(raw) if raw else None for raw in (old, new))
    return _SourceId(kind, key), PROJECTIONS[kind](subject(key), before, after)


def _succeeds(step: Callable[[], None], record: Record) -> bool:
    try:
        step()
    except Exception:  # noqa: BLE001 (no error may lose the progress of the records before it)
        logger().exception("not projected", extra={"event_id": record.get("eventID")})
        return False
    return True
