"""What the invariant check has examined, and what it has to examine: one item per learner of a course, one per payment.

A change is reported by the projector, after the change was written. It lists the learner in the due index, and an
examination is recorded only if no change was reported since its read. A report that is lost is found by the pass over
the whole table, which compares the versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.expressions.condition import Condition

from shared import clock, ids
from shared.db import due_index
from shared.db.due_index import DueItem
from shared.db.entities import LearnerExamination, PaymentExamination
from shared.db.table import keys, store
from shared.db.table.base import listing_attributes
from shared.db.table.changes import update_actions
from shared.db.table.store import RawItem
from shared.db.table.unreadable_items import read_each

_MARK_REFRESH: Final = timedelta(days=30)
"""The mark of a payment whose version is unchanged is written again after this time."""


@dataclass(frozen=True)
class ExaminedState:
    """The result of an examination. `is_sound`: it found no breach. `version` is that of the enrollment, 0 without one;
    `payments` maps order ids to versions. `refunds` are the times (UTC) since which refunds wait. `next_at`: when
    unchanged work would be overdue; None for never."""

    is_sound: bool
    version: int
    payments: Mapping[str, int]
    refunds: tuple[datetime, ...]
    next_at: datetime | None


def report_change(user_id: str, course_id: str, now: datetime) -> None:
    """Lists the learner for examination: one UpdateItem, safe to repeat. Raises StoreUnavailable."""
    due = keys.examination_due(f"{user_id} {course_id}", _hour_of(now))
    changes = {
        "kind": LearnerExamination.KIND,
        "user_id": user_id,
        "course_id": course_id,
        "changed": ids.ulid(),
        "gsi2pk": due.pk,
        "gsi2sk": due.sk,
    }
    key = keys.examination(user_id, course_id)
    store.update(LearnerExamination, key, update_actions(LearnerExamination, changes), None)


def _hour_of(now: datetime) -> datetime:
    """The beginning of the hour: further changes in the same hour do not write the index again."""
    return now.replace(minute=0, second=0, microsecond=0)


def list_due(until: datetime, limit: int) -> list[DueItem]:
    """Up to `limit` items to examine at `until`, those that wait longest first. The index lags. An entry whose time
    cannot be read is left out, logged and counted. Raises StoreUnavailable."""
    partitions = [keys.examination_partition(number) for number in range(keys.EXAMINATION_PARTITIONS)]
    return due_index.list_due_in(partitions, until, limit)


def record(
    user_id: str,
    course_id: str,
    before: LearnerExamination | None,
    state: ExaminedState,
    marks: Mapping[str, PaymentExamination],
    now: datetime,
) -> bool:
    """Stores the result, unless a change was reported since `before` was read. Returns whether it was stored. `marks`
    are the marks of the payments as they were read. A learner with a breach stays listed. Raises StoreUnavailable."""
    changes: dict[str, Any] = {
        "kind": LearnerExamination.KIND,
        "user_id": user_id,
        "course_id": course_id,
        "refunds_waiting": len(state.refunds),
        **_refund_listing(user_id, course_id, state.refunds),
        **_due_attributes(user_id, course_id, before, state, now),
    }
    if state.is_sound:
        changes |= {"version": state.version, "examined_at": now}
    key, actions = keys.examination(user_id, course_id), update_actions(LearnerExamination, changes)
    if not store.update(LearnerExamination, key, actions, _no_change_since(before)).succeeded:
        return False
    if state.is_sound:
        for order_id, version in state.payments.items():
            if not is_examined(marks.get(order_id), version, now - _MARK_REFRESH):
                _mark_payment(order_id, version, now)
    return True


def is_examined(mark: LearnerExamination | PaymentExamination | None, version: int, since: datetime) -> bool:
    """Whether that version was examined without a breach at `since` or later."""
    return bool(mark and mark.version == version and mark.examined_at and mark.examined_at >= since)


def _no_change_since(before: LearnerExamination | None) -> Condition:
    changed = before.changed if before else None
    condition: Condition = LearnerExamination.changed.does_not_exist()
    if changed:
        condition = LearnerExamination.changed == changed
    return condition


def _refund_listing(user_id: str, course_id: str, refunds: tuple[datetime, ...]) -> dict[str, Any]:
    if not refunds:
        return {"gsi1pk": None, "gsi1sk": None}
    return listing_attributes(keys.waiting_refund_listing(min(refunds), user_id, course_id))


def _due_attributes(
    user_id: str, course_id: str, before: LearnerExamination | None, state: ExaminedState, now: datetime
) -> dict[str, Any]:
    """A learner with a breach stays in its place, which is before those that changed later."""
    at = state.next_at
    if not state.is_sound:
        since = before.due_at if before else None
        at = min(since or now, _hour_of(now))
    if at is None:
        return {"gsi2pk": None, "gsi2sk": None}
    due = keys.examination_due(f"{user_id} {course_id}", at)
    return {"gsi2pk": due.pk, "gsi2sk": due.sk}


def _mark_payment(order_id: str, version: int, now: datetime) -> None:
    changes = {"kind": PaymentExamination.KIND, "order_id": order_id, "version": version, "examined_at": now}
    actions = update_actions(PaymentExamination, changes)
    store.update(PaymentExamination, keys.payment_examination(order_id), actions, None)


@dataclass(frozen=True)
class WaitingRefunds:
    """How many refunds wait, and since when the oldest one does (None: none waits)."""

    number: int
    oldest: datetime | None


def waiting_refunds() -> WaitingRefunds:
    """The refunds that wait, as of the latest examination of each learner: one Query of the index, more for thousands
    of learners. An item that cannot be read is left out, logged and counted. Raises StoreUnavailable."""
    listed = read_each(_waiting_of, store.query_all_raw(keys.WAITING_REFUNDS, index=keys.GSI1))
    return WaitingRefunds(sum(each.number for each in listed), listed[0].oldest if listed else None)


def _waiting_of(raw: RawItem) -> WaitingRefunds:
    """The refunds of one learner, and the time in the listing. Raises ValueError, KeyError."""
    return WaitingRefunds(int(raw["refunds_waiting"]["N"]), clock.parse(raw["gsi1sk"]["S"].partition("#")[0]))
