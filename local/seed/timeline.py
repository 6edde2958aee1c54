"""The past months of the demo data: move the clock of the local stack from day to day while it is created."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol

from local.local_clock import LocalClock

_FIRST_HOUR: Final = 9
_HOURS: Final = 12
"""Learners buy between 09:00 and 21:00 of the seller."""


class Timeline(Protocol):
    def begin_day(self, days_ago: int) -> None:
        """What follows happens on that day; later days have smaller numbers."""

    def let_pass(self, seconds: float) -> None:
        """Let that time pass on this day."""

    def end_day(self) -> None:
        """Sweep, as the product does without a request."""

    def started_at(self, days_ago: int) -> datetime:
        """The moment at which that day begins."""


class PresentTimeline:
    """Every day is today: another process cannot move the clock of a running stack, which sweeps by itself."""

    def begin_day(self, days_ago: int) -> None:
        pass

    def let_pass(self, seconds: float) -> None:
        pass

    def end_day(self) -> None:
        pass

    def started_at(self, days_ago: int) -> datetime:  # noqa: ARG002 (of the protocol)
        return datetime.now(UTC)


class PastTimeline:
    """Moves `clock`. `sweep` runs a sweep of payments.

    The hour of a day follows from its number, so that two runs on one day create the same data."""

    def __init__(self, clock: LocalClock, sweep: Callable[[], object]) -> None:
        from shared.config import settings

        self._clock = clock
        self._sweep = sweep
        self._zone = settings().time_zone
        self._today: date = clock.now().astimezone(self._zone).date()

    def begin_day(self, days_ago: int) -> None:
        if days_ago:
            self._clock.move_to(self.started_at(days_ago))
        else:
            self._clock.reset()

    def let_pass(self, seconds: float) -> None:
        self._clock.move_to(self._clock.now() + timedelta(seconds=seconds))

    def end_day(self) -> None:
        self._sweep()

    def started_at(self, days_ago: int) -> datetime:
        hour = _FIRST_HOUR + days_ago * 7 % _HOURS
        return datetime.combine(self._today - timedelta(days=days_ago), time(hour), self._zone)
