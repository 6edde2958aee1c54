"""Earnings as lists of amounts, one per currency."""

from collections.abc import Iterable, Mapping
from typing import Final

from shared.db.entities.figures import Earned
from shared.schemas import Money

Earnings = Mapping[str, Earned]

NOTHING: Final = Earned(0, 0)


def added(all_earnings: Iterable[Earnings]) -> dict[str, Earned]:
    total: dict[str, Earned] = {}
    for earnings in all_earnings:
        for currency, earned in earnings.items():
            before = total.get(currency, NOTHING)
            total[currency] = Earned(before.gross + earned.gross, before.refunded + earned.refunded)
    return dict(sorted(total.items()))


def net(earnings: Earnings) -> list[Money]:
    return [Money(amount=earned.net, currency=currency) for currency, earned in earnings.items()]


def gross(earnings: Earnings) -> list[Money]:
    return [Money(amount=earned.gross, currency=currency) for currency, earned in earnings.items()]


def refunded(earnings: Earnings) -> list[Money]:
    return [Money(amount=earned.refunded, currency=currency) for currency, earned in earnings.items()]
