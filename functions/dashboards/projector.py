"""From the changes of the table to the read models.

Counting is exact because each event's counts are written in one transaction with a mark of the event. Everything else
is brought up to date from the current state, once for all changes of a batch that ask for it: a burst of enrollments
in one course rewrites its cards once. It follows even when an event was counted before, because what delivered it then
may have died in between.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from functions.dashboards.projections import courses, enrollments, payments, reviews, users
from functions.dashboards.projections.projection import Projection, Refresh
from shared.db import figures, store
from shared.db.entities import Course, Enrollment, Outline, Payment, Review, User
from shared.observability import logger

Record = dict[str, Any]

_PROJECTIONS: Final[dict[str, Callable[[str, Any, Any], Projection]]] = {
    User.KIND: users.project,
    Course.KIND: courses.project,
    Outline.KIND: courses.project_outline,
    Enrollment.KIND: enrollments.project,
    Payment.KIND: payments.project,
    Review.KIND: reviews.project,
}

SOURCES: Final = tuple(_PROJECTIONS)
"""The kinds of items that are projected; the stream's filter names them, so that other changes cost nothing."""


def project(records: list[Record]) -> int | None:
    """Brings the read models up to date with the records, in order. The index of the first that must be delivered
    again, with all behind it; None when all is done."""
    wanted: dict[Refresh, int] = {}
    failed: int | None = None
    for index, record in enumerate(records):
        if not _done(partial(_count, record, index, wanted), record):
            failed = index
            break
    for refresh, index in wanted.items():
        if not _done(refresh, records[index]):
            return index if failed is None else min(index, failed)
    return failed


def _count(record: Record, index: int, wanted: dict[Refresh, int]) -> None:
    projection = _projection(record)
    if projection.counted:
        figures.count(record["eventID"], projection.counts, projection.student)
    for refresh in projection.refreshes:
        wanted.setdefault(refresh, index)


def _projection(record: Record) -> Projection:
    images = record["dynamodb"]
    old, new = images.get("OldImage"), images.get("NewImage")
    kind = (new or old or {}).get("kind", {}).get("S")
    if kind not in _PROJECTIONS or old == new:
        return Projection()
    before, after = (store.entity(image) if image else None for image in (old, new))
    return _PROJECTIONS[kind](record["eventID"], before, after)


def _done(step: Callable[[], None], record: Record) -> bool:
    try:
        step()
    except Exception:  # noqa: BLE001 (whatever is wrong with a record, those before it are done)
        logger().exception("not projected", extra={"event_id": record.get("eventID")})
        return False
    return True
