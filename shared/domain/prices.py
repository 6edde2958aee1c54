"""List price and sale price of a course. Pure. Amounts in minor units, times in UTC.

The price follows from the time at which it is read, so no job changes anything when a sale begins or ends. A sale price
that is not below the list price has no effect: a version that left it there may have lowered the list price since.
"""

from datetime import datetime
from enum import IntEnum
from typing import Final, NamedTuple

MIN_PAID_AMOUNT: Final = 100
"""The smallest amount of an order at Razorpay: https://razorpay.com/docs/api/orders/create/ (amount)"""
MAX_AMOUNT: Final = 100_000_000


class Sale(NamedTuple):
    """A price from `starts_at` until `until`, which is excluded."""

    amount: int
    starts_at: datetime
    until: datetime


class SalePhase(IntEnum):
    NONE = 0
    """There is no sale, it has ended, or it has no effect."""
    AHEAD = 1
    RUNNING = 2


def sale_phase(list_amount: int, sale: Sale | None, moment: datetime) -> SalePhase:
    if sale is None or moment >= sale.until or sale.amount >= list_amount:
        return SalePhase.NONE
    return SalePhase.AHEAD if moment < sale.starts_at else SalePhase.RUNNING


def price_at(list_amount: int, sale: Sale | None, moment: datetime) -> int:
    """The price at that time."""
    running = sale_phase(list_amount, sale, moment) is SalePhase.RUNNING
    return sale.amount if sale and running else list_amount


def shown_sale(list_amount: int, sale: Sale | None, moment: datetime) -> Sale | None:
    """The running or the next sale."""
    return None if sale_phase(list_amount, sale, moment) is SalePhase.NONE else sale
