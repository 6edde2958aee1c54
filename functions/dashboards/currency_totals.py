"""Earnings as lists of amounts, one per currency."""

from collections.abc import Iterable, Mapping
from typing import Final

from shared.db.entities.counters import Revenue
from shared.schemas import Money

Earnings = Mapping[str, Revenue]

ZERO_EARNINGS: Final = Revenue(0, 0)


def sum_earnings(all_earnings: Iterable[Earnings]) -> dict[str, Revenue]:
    total: dict[str, Revenue] = {}
    for earnings in all_earnings:
        for currency, earned in earnings.items():
            before = total.get(currency, ZERO_EARNINGS)
            total[currency] = Revenue(before.gross + earned.gross, before.refunded + earned.refunded)
    return dict(sorted(total.items()))


def net(earnings: Earnings) -> list[Money]:
    return [Money(amount=earned.net, currency=currency) for currency, earned in earnings.items()]


def gross(earnings: Earnings) -> list[Money]:
    return [Money(amount=earned.gross, currency=currency) for currency, earned in earnings.items()]


def refunded(earnings: Earnings) -> list[Money]:
    return [Money(amount=earned.refunded, currency=currency) for currency, earned in earnings.items()]
