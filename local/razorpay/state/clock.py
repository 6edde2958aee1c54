"""The stand-in's own time, which can be moved forward."""

import time
from collections.abc import Callable


class Clock:
    """Unix seconds as a float: what `source` says plus everything advanced so far.

    A simulation passes its own source, e.g. `Clock(lambda: 1_700_000_000)` stands still until advanced.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.offset_seconds = 0.0

    def now(self) -> float:
        return self._source() + self.offset_seconds

    def advance(self, seconds: float) -> None:
        """Moves forward; a negative number of seconds is a ValueError, as gateways' clocks do not go back."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self.offset_seconds += seconds
