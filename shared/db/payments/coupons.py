"""Coupons: reads, and changes by admins, each audited in its transaction."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from shared.db import audit
from shared.db.entities import Coupon, CouponUse
from shared.db.payments.learner_records import UnreadableItem, read_entity
from shared.db.table import keys, store
from shared.db.table.changes import history_json, unchanged_since_read, update_actions
from shared.db.table.retry import WriteConflict
from shared.db.table.store import Listing, RawItem, StartKey
from shared.db.table.transaction import Transaction
from shared.db.table.unreadable_items import read_each

_CREATED: Final = "coupon_created"
_EDITED: Final = "coupon_edited"


class CouponExists(Exception):
    """There is a coupon with this code: nothing was written."""


class LimitBelowUse(Exception):
    """More uses are taken than the new limit allows: nothing was written."""


def get(code: str) -> Coupon | None:
    """One GetItem."""
    return store.get(Coupon, keys.coupon(code))


def list_all(limit: int, start: StartKey, unreadable: Callable[[str], object]) -> Listing[Coupon]:
    """All coupons, newest first: one Query of the index. One that cannot be read is omitted: it is logged and counted,
    and `unreadable` gets its code."""

    def report(raw: RawItem) -> None:
        unreadable(raw["pk"]["S"].removeprefix(keys.coupon("").pk))

    page = store.query_raw(keys.COUPONS, index=keys.GSI1, limit=limit, start=start, newest_first=True)
    found = read_each(store.entity, page.items, report)
    return Listing([item for item in found if isinstance(item, Coupon)], page.next_key)


def existing_courses(course_ids: Collection[str]) -> set[str]:
    """Those of the ids that are courses: one BatchGetItem per hundred, none for no id. Raises StoreUnavailable."""
    found = store.get_many_raw([keys.course(course_id) for course_id in course_ids])
    return {raw["pk"]["S"].removeprefix(keys.course("").pk) for raw in found}


def uses_of(code: str) -> Iterator[CouponUse | UnreadableItem]:
    """The uses of every learner: one consistent Query, more for thousands of learners. One that cannot be read is
    named instead."""
    pk, of_learners = keys.coupon(code).pk, CouponUse.sk.startswith("USER#")
    for raw in store.every(lambda start: store.query_raw(pk, sk=of_learners, start=start)):
        item = read_entity(raw)
        if isinstance(item, CouponUse | UnreadableItem):
            yield item


def create(coupon: Coupon) -> None:
    """Stores the coupon. Raises CouponExists, StoreUnavailable."""
    transaction = Transaction()
    transaction.put("coupon", coupon)
    _audit(transaction, coupon.created_by, _CREATED, coupon, {}, _terms(coupon))
    if transaction.commit():
        raise CouponExists


def edit(read: Coupon, changes: Mapping[str, Any], admin_id: str, now: datetime) -> None:
    """Sets the attributes in `changes`; None removes one. A new `limit` moves `remaining` by the same number, in the
    write itself, so that claims at the same time are not lost.

    Raises LimitBelowUse, WriteConflict when another admin edited the coupon, and StoreUnavailable."""
    terms = {**changes, "version": read.version + 1, "updated_at": now}
    actions, condition = update_actions(Coupon, terms), unchanged_since_read(Coupon, read)
    raised_by = changes["limit"] - read.limit if "limit" in changes else 0
    if raised_by:
        actions.append(Coupon.remaining.add(raised_by))
        condition &= Coupon.remaining >= -raised_by
    transaction = Transaction()
    transaction.update("coupon", keys.coupon(read.code), actions, condition)
    before = {name: value for name, value in _terms(read).items() if name in changes}
    _audit(transaction, admin_id, _EDITED, read, before, _json(changes))
    failed = transaction.commit()
    found = failed.get("coupon")
    if isinstance(found, Coupon) and found.version == read.version:
        raise LimitBelowUse
    if failed:
        raise WriteConflict


def _audit(
    transaction: Transaction, admin_id: str, action: str, coupon: Coupon, before: dict[str, Any], after: dict[str, Any]
) -> None:
    audit.record(
        transaction, admin_id=admin_id, action=action, subject=coupon.code, reason="", before=before, after=after
    )


def _terms(coupon: Coupon) -> dict[str, Any]:
    """The values that an admin sets."""
    counted = ("pk", "sk", "kind", "gsi1pk", "gsi1sk", "remaining", "redeemed_late", "version", "updated_at")
    values = {name: value for name, value in coupon.attribute_values.items() if name not in counted}
    return _json(values)


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(history_json(values))
    return document
