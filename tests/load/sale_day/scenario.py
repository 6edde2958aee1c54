"""The sale: when orders are created, which of them are paid, and whose messages are lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

_MEDIAN_SECONDS_TO_PAY: Final = 90.0
_SPREAD: Final = 1.0
WINDOW_SECONDS: Final = 1_800


@dataclass(frozen=True)
class Sale:
    """`orders` in `hours`, `first_hour_share` of them in the first one and the others evenly. `conversion`: the share
    of orders that is paid. `loss`: the share of the paid ones of which every message is lost, of webhook and
    browser."""

    orders: int = 100_000
    hours: float = 6
    first_hour_share: float = 1 / 6
    conversion: float = 0.6
    loss: float = 0.005
    seed: int = 1


@dataclass(frozen=True)
class PlannedOrder:
    """Seconds since the start of the sale; `paid_at` None: never paid."""

    created_at: float
    paid_at: float | None
    is_lost: bool


def planned_orders(sale: Sale) -> Iterator[PlannedOrder]:
    """Learners pay within the order window: half of them within 90 seconds, one in six after four minutes (a log-normal
    distribution)."""
    random = Random(sale.seed)
    for _ in range(sale.orders):
        created_at = _creation(random, sale)
        if random.random() >= sale.conversion:
            yield PlannedOrder(created_at, None, False)
            continue
        seconds = WINDOW_SECONDS + 1.0
        while seconds > WINDOW_SECONDS:
            seconds = _MEDIAN_SECONDS_TO_PAY * random.lognormvariate(0, _SPREAD)
        yield PlannedOrder(created_at, created_at + seconds, random.random() < sale.loss)


def _creation(random: Random, sale: Sale) -> float:
    if random.random() < sale.first_hour_share:
        return random.uniform(0, 3_600)
    return random.uniform(3_600, sale.hours * 3_600) if sale.hours > 1 else random.uniform(0, sale.hours * 3_600)
