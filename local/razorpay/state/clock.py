"""The clock of the fake, which can be moved forward."""

import time
from collections.abc import Callable


class Clock:
    """Unix seconds as a float: `source` plus all seconds advanced so far.

    A simulation passes its own source: `Clock(lambda: 1_700_000_000)` is constant until advanced.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.offset_seconds = 0.0

    def now(self) -> float:
        return self._source() + self.offset_seconds

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ValueError for a negative number of seconds: Razorpay's time never goes
        backwards."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self.offset_seconds += seconds
