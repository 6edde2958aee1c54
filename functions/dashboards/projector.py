"""From one change of the table to the read models.

Counting is exact because each event's counts are written in one transaction with a mark of the event. Everything else
is rebuilt from the current state and may be done any number of times; it follows the counting even when the event was
counted before, because what delivered it then may have died in between.
"""

from collections.abc import Callable
from typing import Any, Final

from functions.dashboards.projections import courses, enrollments, payments, users
from functions.dashboards.projections.projection import Projection
from shared.db import figures, listing, store
from shared.db.entities import Course, Enrollment, Outline, Payment, User

_PROJECTIONS: Final[dict[str, Callable[[str, Any, Any], Projection]]] = {
    User.KIND: users.project,
    Course.KIND: courses.project,
    Outline.KIND: courses.project_outline,
    Enrollment.KIND: enrollments.project,
    Payment.KIND: payments.project,
}

SOURCES: Final = tuple(_PROJECTIONS)
"""The kinds of items that are projected; the stream's filter names them, so that other changes cost nothing."""


def apply(record: dict[str, Any]) -> None:
    """Brings the read models up to date with a stream record. Raises StoreUnavailable, and whatever an image that
    cannot be read raises."""
    images = record["dynamodb"]
    old, new = images.get("OldImage"), images.get("NewImage")
    kind = (new or old or {}).get("kind", {}).get("S")
    if kind not in _PROJECTIONS or old == new:
        return
    before, after = (store.entity(image) if image else None for image in (old, new))
    _write(record["eventID"], _PROJECTIONS[kind](record["eventID"], before, after))


def _write(event_id: str, projection: Projection) -> None:
    if projection.counted:
        figures.count(event_id, projection.counts, projection.student)
    if projection.course_id:
        listing.rebuild(projection.course_id)
    if projection.earner:
        figures.rank(*projection.earner)
    if projection.naming:
        figures.name_instructor(*projection.naming)
    if projection.activity:
        figures.note_activity(*projection.activity)
