"""The items that contribute to counters. Their current contributions are computed from the write model, by the same
projections as the changes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from functions.dashboards.projections import (
    coupons,
    courses,
    enrollments,
    payments,
    reviews,
    tax_documents,
    users,
)
from functions.dashboards.projections.projection import Projection
from shared.db.entities import (
    CouponUse,
    Course,
    CreditNote,
    Enrollment,
    Outline,
    Payment,
    PaymentEvent,
    Progress,
    Receipt,
    Review,
    User,
)
from shared.db.read_models.counter_items import Contribution
from shared.db.read_models.counters import CounterSource
from shared.db.table import store
from shared.db.table.base import KINDS, Item
from shared.db.table.keys import Key

Found = Mapping[Key, Item]
"""The items of a source's required keys; absent ones do not exist."""

PROJECTIONS: Final[dict[str, Callable[[str, Any, Any], Projection]]] = {
    User.KIND: users.project,
    Course.KIND: courses.project,
    Outline.KIND: courses.project_outline,
    Enrollment.KIND: enrollments.project,
    Progress.KIND: enrollments.project_progress,
    Payment.KIND: payments.project,
    Review.KIND: reviews.project,
    CouponUse.KIND: coupons.project_use,
    Receipt.KIND: tax_documents.project_receipt,
    CreditNote.KIND: tax_documents.project_note,
}


def subject(key: Key) -> str:
    """The text that identifies an item in a projection. It selects the shard of the platform's totals."""
    return f"{key.pk} {key.sk}"


def source(kind: str, key: Key) -> CounterSource:
    """The counter source of the item under `key`."""
    if kind == Payment.KIND:
        return CounterSource(kind, key, (), partial(_payment_contribution, key))
    if kind == Progress.KIND:
        enrollment = Key(key.pk, key.sk.removesuffix("#PROGRESS"))
        return CounterSource(kind, key, (key, enrollment), partial(_progress_contribution, key, enrollment))
    return CounterSource(kind, key, (key,), partial(_item_contribution, kind, key))


def _item_contribution(kind: str, key: Key, found: Found) -> Contribution:
    return PROJECTIONS[kind](subject(key), None, store.cast_to(KINDS[kind], found.get(key))).counts


def _payment_contribution(key: Key, _found: Found) -> Contribution:
    """Reads the payment with its history: one Query."""
    items = store.query_all(key.pk)
    payment = store.first_of(Payment, items)
    history = [item for item in items if isinstance(item, PaymentEvent)]
    return payments.payment_counts(subject(key), payment, history) if payment else {}


def _progress_contribution(key: Key, enrollment_key: Key, found: Found) -> Contribution:
    """The completed lessons, if the learner has access."""
    progress, enrollment = store.cast_to(Progress, found.get(key)), store.cast_to(Enrollment, found.get(enrollment_key))
    if enrollment is None or not enrollment.status.gives_access:
        return {}
    return enrollments.project_progress(subject(key), None, progress).counts
