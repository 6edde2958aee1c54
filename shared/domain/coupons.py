"""Coupons: their codes, what they take off a price, and the states of an order's claim. Pure.

Amounts are in minor units (paise). docs/decisions/0046-coupons-and-sale-prices.md gives the reasons.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

from shared.domain.lifecycle import PaymentStatus

CODE: Final = re.compile(r"[A-Z0-9-]{3,32}", re.ASCII)
_HUNDRED_PERCENT: Final = 100
MAX_COURSES: Final = 100
"""Courses that one coupon can be limited to."""
MAX_USES_PER_LEARNER: Final = 100


class CouponKind(StrEnum):
    """What `value` of a coupon means. Stored as written here."""

    PERCENT = "percent"
    AMOUNT = "amount"
    """Minor units of the coupon's currency."""


class CouponState(StrEnum):
    """The state of the claim of one order on its coupon. Stored as written here."""

    CLAIMED = "claimed"
    """The order is open: its use of the coupon is taken."""
    RELEASED = "released"
    """The window of the order ended unpaid, its payment was refunded at once, or a later order for the course took the
    claim over: the use is given back."""
    REDEEMED = "redeemed"
    """The order was paid. A refund does not give the use back."""
    REDEEMED_LATE = "redeemed_late"
    """The order was paid after its use had been given back: it keeps its price, and may exceed the limits."""

    @property
    def is_redeemed(self) -> bool:
        return self in (CouponState.REDEEMED, CouponState.REDEEMED_LATE)


_REFUNDED_AT_ONCE: Final = frozenset({PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED})
"""A payment that has one of these states, and was never captured and kept, is no sale."""


def terms_error(kind: CouponKind, value: int, valid_from: datetime | None, valid_until: datetime | None) -> str | None:
    """Why a coupon cannot have these terms; None for valid ones."""
    if kind is CouponKind.PERCENT and value > _HUNDRED_PERCENT:
        return "a percentage is at most 100"
    return window_error(valid_from, valid_until)


def window_error(valid_from: datetime | None, valid_until: datetime | None) -> str | None:
    """Why a coupon cannot be valid between these times; None for a valid window."""
    is_empty = valid_from and valid_until and valid_until <= valid_from
    return "valid_until must be after valid_from" if is_empty else None


def normalized_code(text: str) -> str | None:
    """The code in upper case, without spaces around it; None for a text that cannot be a code."""
    code = text.strip().upper()
    return code if CODE.fullmatch(code) else None


def discounted_amount(amount: int, kind: CouponKind, value: int) -> int:
    """The price after the coupon, at least 0. A percentage is rounded half up to a whole minor unit."""
    discount = value if kind is CouponKind.AMOUNT else (amount * value + 50) // 100
    return max(amount - discount, 0)


def state_of_claim(state: CouponState, status: PaymentStatus, *, has_ended: bool) -> CouponState:
    """The state of the claim of an order whose payment has that status now; `state` is the one before. `has_ended`: the
    window of the order has ended. A failed order keeps its claim until then, because it was superseded and can still be
    paid.

    The rule does not depend on the evidence, so that every path to a status ends in the same state."""
    if status is PaymentStatus.CAPTURED:
        if state is CouponState.CLAIMED:
            return CouponState.REDEEMED
        return CouponState.REDEEMED_LATE if state is CouponState.RELEASED else state
    is_unsold = status in _REFUNDED_AT_ONCE or (status is PaymentStatus.FAILED and has_ended)
    return CouponState.RELEASED if is_unsold and state is CouponState.CLAIMED else state
