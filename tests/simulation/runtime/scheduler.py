"""Who goes next: many handlers at once in one thread, each stopped at every outbound call, started again by lot.

A task is a greenlet, so the code that runs in it needs to know nothing of this. Time is simulated: it passes when
somebody waits, and a little with every call.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Final

from greenlet import getcurrent, greenlet

START_TIME: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()
_CALL_SECONDS: Final = 0.004
_IMMEDIATE_RATE: Final = 0.8
"""How often a call is answered at once; otherwise it takes up to a second, or hangs for half a minute."""
_SLOW_RATE: Final = 0.004
_CLOCK_SKEWS: Final = (0.0, 0.0, 0.0, 0.0, -1.5, 1.5)


class Crash(BaseException):
    """The function that runs is killed here. Production code catches Exception, so nobody catches this."""


@dataclass
class Task:
    name: str
    fiber: greenlet = field(repr=False)
    wakes_at: float = 0.0
    skew: float = 0.0
    """By how many seconds the clock of its machine is wrong."""
    killed: bool = False
    """A killed function makes no further calls, whatever its `finally` blocks try."""


class Scheduler:
    """`passing` is called whenever time has moved on, `after_each` whenever a task stops."""

    def __init__(self, random: Random, passing: Callable[[], None], after_each: Callable[[], None]) -> None:
        self.random = random
        self.seconds = START_TIME
        self.current: Task | None = None
        self.waiting: list[Task] = []
        self._on_time_passed = passing
        self._after_step = after_each
        self._hub = getcurrent()

    def now(self) -> datetime:
        """What the clock says on the machine that asks."""
        skew = self.current.skew if self.current else 0.0
        return datetime.fromtimestamp(self.seconds + skew, UTC)

    def spawn(self, name: str, work: Callable[[], object], after: float = 0.0) -> None:
        """`work()` begins `after` seconds from now."""
        skew = self.random.choice(_CLOCK_SKEWS)
        self.waiting.append(Task(name, greenlet(work, self._hub), self.seconds + after, skew))

    def pause(self, seconds: float | None = None) -> None:
        """Inside a task: lets others go first, for that long or as long as a call takes. Outside it does nothing."""
        task = self.current
        if task is None:
            return
        task.wakes_at = self.seconds + (self._latency() if seconds is None else seconds)
        self.waiting.append(task)
        self._hub.switch()

    def run(self, until: float = float("inf")) -> None:
        """Until nobody waits, or the next one wakes later than `until`; then it is `until`."""
        while self.waiting:
            ready = [task for task in self.waiting if task.wakes_at <= self.seconds]
            if not ready:
                soonest = min(task.wakes_at for task in self.waiting)
                if soonest > until:
                    break
                self.advance_to(soonest)
                continue
            task = ready[0] if len(ready) == 1 else self.random.choice(ready)
            self.waiting.remove(task)
            self.seconds += _CALL_SECONDS
            self.current = task
            try:
                task.fiber.switch()
            finally:
                self.current = None
            self._after_step()
        if until != float("inf"):
            self.advance_to(until)

    def advance_to(self, moment: float) -> None:
        self.seconds = max(self.seconds, moment)
        self._on_time_passed()

    def _latency(self) -> float:
        lot = self.random.random()
        if lot < _IMMEDIATE_RATE:
            return 0.0
        return self.random.uniform(0, 30) if lot > 1 - _SLOW_RATE else self.random.random()
