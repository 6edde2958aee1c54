"""Sums of earnings per currency, and their amounts as Money: net, gross, refunded and discount."""

from collections.abc import Iterable, Mapping
from typing import Final

from shared.db.entities.counters import Revenue
from shared.schemas import Money

Earnings = Mapping[str, Revenue]
"""Revenue by currency, in minor units."""

ZERO_EARNINGS: Final = Revenue(0, 0)


def sum_earnings(all_earnings: Iterable[Earnings]) -> dict[str, Revenue]:
    """The sum of all earnings, by currency in alphabetical order."""
    total: dict[str, Revenue] = {}
    for earnings in all_earnings:
        for currency, earned in earnings.items():
            subtotal = total.get(currency, ZERO_EARNINGS)
            total[currency] = Revenue(*(one + other for one, other in zip(subtotal, earned, strict=True)))
    return dict(sorted(total.items()))


def net(earnings: Earnings) -> list[Money]:
    """Captured minus refunded amounts, one per currency."""
    return [Money(amount=earned.net, currency=currency) for currency, earned in earnings.items()]


def gross(earnings: Earnings) -> list[Money]:
    """Captured amounts, one per currency."""
    return [Money(amount=earned.gross, currency=currency) for currency, earned in earnings.items()]


def refunded(earnings: Earnings) -> list[Money]:
    """Refunded amounts, one per currency."""
    return [Money(amount=earned.refunded, currency=currency) for currency, earned in earnings.items()]


def discount(earnings: Earnings) -> list[Money]:
    """List prices of the captured orders less their prices, one amount per currency."""
    return [Money(amount=earned.discount, currency=currency) for currency, earned in earnings.items()]
