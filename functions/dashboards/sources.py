"""What counts, and as what it counts now: read from the write side, through the same projections as the changes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from functions.dashboards.projections import courses, enrollments, payments, reviews, users
from functions.dashboards.projections.projection import Projection
from shared.db import store
from shared.db.base import KINDS, Item
from shared.db.counting import Source
from shared.db.entities import Course, Enrollment, Outline, Payment, PaymentEvent, Progress, Review, User
from shared.db.figures import Counts
from shared.db.keys import Key

Found = Mapping[Key, Item]

PROJECTIONS: Final[dict[str, Callable[[str, Any, Any], Projection]]] = {
    User.KIND: users.project,
    Course.KIND: courses.project,
    Outline.KIND: courses.project_outline,
    Enrollment.KIND: enrollments.project,
    Progress.KIND: enrollments.project_progress,
    Payment.KIND: payments.project,
    Review.KIND: reviews.project,
}


def subject(key: Key) -> str:
    return f"{key.pk} {key.sk}"


def source(kind: str, key: Key) -> Source:
    """The item under `key` as something that counts."""
    if kind == Payment.KIND:
        return Source(kind, key, (), partial(_payment, key))
    if kind == Progress.KIND:
        enrollment = Key(key.pk, key.sk.removesuffix("#PROGRESS"))
        return Source(kind, key, (key, enrollment), partial(_progress, key, enrollment))
    return Source(kind, key, (key,), partial(_item, kind, key))


def _item(kind: str, key: Key, found: Found) -> Counts:
    return PROJECTIONS[kind](subject(key), None, store.as_kind(KINDS[kind], found.get(key))).counts


def _payment(key: Key, _found: Found) -> Counts:
    """A payment with its history: one Query."""
    items = store.query_all(key.pk)
    payment = next((item for item in items if isinstance(item, Payment)), None)
    history = [item for item in items if isinstance(item, PaymentEvent)]
    return payments.present(subject(key), payment, history) if payment else {}


def _progress(key: Key, beside: Key, found: Found) -> Counts:
    """The lessons that are done by somebody who has access."""
    progress, enrollment = store.as_kind(Progress, found.get(key)), store.as_kind(Enrollment, found.get(beside))
    if enrollment is None or not enrollment.status.gives_access:
        return {}
    return enrollments.project_progress(subject(key), None, progress).counts
