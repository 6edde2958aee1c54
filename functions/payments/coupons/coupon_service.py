"""Use cases of admins: create, read, list and edit coupons. A coupon is never deleted; it is deactivated."""

from collections.abc import Iterable
from typing import Any, Final

from functions.payments.coupons.coupon_errors import (
    CouponBusy,
    CouponCodeTaken,
    CouponCourseUnknown,
    CouponLimitBelowUse,
    CouponNotFound,
    readable,
)
from functions.payments.coupons.coupon_schemas import CouponIn, CouponUpdateIn
from shared import clock
from shared.db.entities import Coupon
from shared.db.payments import coupons
from shared.db.payments.coupons import CouponExists, LimitBelowUse
from shared.db.table import keys
from shared.db.table.base import listing_attributes
from shared.db.table.retry import retry_on_conflict
from shared.domain.coupons import normalized_code, terms_error
from shared.errors import Invalid
from shared.tokens import Caller

_CHECKED_TOGETHER: Final = ("value", "valid_from", "valid_until")


def create(new: CouponIn, admin: Caller) -> Coupon:
    """Stores the coupon, and audits it. Raises CouponCourseUnknown, CouponCodeTaken, StoreUnavailable."""
    _require_courses(new.courses or [])
    now = clock.now()
    terms = {name: value for name, value in new if value is not None}
    coupon = Coupon.build(
        keys.coupon(new.code),
        **terms,
        **({"remaining": new.limit} if new.limit else {}),
        **listing_attributes(keys.coupon_listing(now, new.code)),
        created_by=admin.user_id,
        version=1,
        created_at=now,
        updated_at=now,
    )
    try:
        coupons.create(coupon)
    except CouponExists:
        raise CouponCodeTaken from None
    return coupon


def get(code: str) -> Coupon:
    """Raises CouponNotFound (also for a text that is no code), CouponUnreadable, StoreUnavailable."""
    normalized = normalized_code(code)
    with readable(normalized):
        coupon = coupons.get(normalized) if normalized else None
    if coupon is None:
        raise CouponNotFound
    return coupon


def edit(code: str, update: CouponUpdateIn, admin: Caller) -> Coupon:
    """Changes the terms for later claims, and audits it. Returns the coupon as stored.

    Raises CouponNotFound, CouponUnreadable, CouponCourseUnknown, CouponLimitBelowUse, Invalid, CouponBusy,
    StoreUnavailable."""

    def attempt() -> Coupon:
        read = get(code)
        changes = _changes(read, update)
        _require_courses(set(changes.get("courses") or ()) - set(read.courses or ()))
        try:
            coupons.edit(read, changes, admin.user_id, clock.now())
        except LimitBelowUse:
            raise CouponLimitBelowUse from None
        return get(code)

    return retry_on_conflict(attempt, CouponBusy)


def _changes(read: Coupon, update: CouponUpdateIn) -> dict[str, Any]:
    """The attributes that the request sets. Raises Invalid."""
    changes = {name: getattr(update, name) for name in sorted(update.model_fields_set)}
    if "limit" in changes and not read.is_limited:
        raise Invalid("a coupon without a limit gets none later: its uses so far were not counted")
    value, valid_from, valid_until = (changes.get(name, getattr(read, name)) for name in _CHECKED_TOGETHER)
    error = terms_error(read.discount_kind, value, valid_from, valid_until)
    if error:
        raise Invalid(error)
    return changes


def _require_courses(course_ids: Iterable[str]) -> None:
    """Raises CouponCourseUnknown, which names the ids of no course. Read before the write: a transaction has no room
    for a hundred checks beside it, and a course that is deleted afterwards stays in the coupon anyway."""
    wanted = set(course_ids)
    missing = sorted(wanted - coupons.existing_courses(wanted))
    if missing:
        raise CouponCourseUnknown(", ".join(missing))
