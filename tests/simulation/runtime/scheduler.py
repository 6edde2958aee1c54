"""The scheduler: runs many handlers in one thread, suspends each at every outbound call, and resumes a random one.

A task is a greenlet, so the product's code runs unchanged. Time is simulated: it advances when tasks wait, and by a few
milliseconds with every call.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Final, TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")

START_TIME: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()
_CALL_SECONDS: Final = 0.004
_IMMEDIATE_RATE: Final = 0.8
"""The share of calls that return at once; the others take up to a second, or hang for up to half a minute."""
_SLOW_RATE: Final = 0.004
_CLOCK_SKEWS: Final = (0.0, 0.0, 0.0, 0.0, -1.5, 1.5)


class Crash(BaseException):
    """Kills the running function. A BaseException, because production code catches Exception."""


@dataclass
class Process:
    """What the threads of one function share."""

    skew: float = 0.0
    """Clock skew of its machine, in seconds."""
    killed: bool = False
    """A killed function makes no further calls, not even in `finally` blocks."""
    running: bool = False
    """Whether a function runs; a client that waits between two calls is not one."""


@dataclass
class Task:
    name: str
    fiber: greenlet = field(repr=False)
    wakes_at: float = 0.0
    process: Process = field(default_factory=Process)


class Scheduler:
    """`on_time_passed` is called whenever time has advanced, `after_step` whenever a task is suspended or ends."""

    def __init__(self, random: Random, on_time_passed: Callable[[], None], after_step: Callable[[], None]) -> None:
        self.random = random
        self.seconds = START_TIME
        self.current: Task | None = None
        self.waiting: list[Task] = []
        self._on_time_passed = on_time_passed
        self._after_step = after_step
        self._hub = getcurrent()

    def now(self) -> datetime:
        """The time by the clock of the current task's machine."""
        skew = self.current.process.skew if self.current else 0.0
        return datetime.fromtimestamp(self.seconds + skew, UTC)

    def spawn(self, name: str, work: Callable[[], object], after: float = 0.0) -> None:
        """Start `work()` in `after` seconds."""
        process = Process(self.random.choice(_CLOCK_SKEWS))
        self.waiting.append(Task(name, greenlet(work, self._hub), self.seconds + after, process))

    def pause(self, seconds: float | None = None) -> None:
        """Suspend the current task for `seconds`, by default for the latency of a call. No effect outside a task."""
        task = self.current
        if task is None:
            return
        task.wakes_at = self.seconds + (self._latency() if seconds is None else seconds)
        self.waiting.append(task)
        self._hub.switch()

    def call_in_threads(self, calls: Sequence[Callable[[], T]], workers: int) -> list[T]:
        """The results of the calls, of which up to `workers` run at once as tasks of the current function; one after
        another outside a task. The exception of a call prevents the start of further ones and is raised when the
        running ones have ended."""
        caller = self.current
        if caller is None:
            return [call() for call in calls]
        waiting, results = deque(enumerate(calls)), dict[int, T]()
        running, raised = min(workers, len(calls)), list[BaseException]()

        def work() -> None:
            nonlocal running
            try:
                while waiting and not raised:
                    number, call = waiting.popleft()
                    results[number] = call()
            except BaseException as error:  # noqa: BLE001 (a crash too belongs to the caller)
                raised.append(error)
            running -= 1
            if not running:
                caller.wakes_at = self.seconds
                self.waiting.append(caller)

        for number in range(running):
            fiber = greenlet(work, self._hub)
            self.waiting.append(Task(f"{caller.name}/{number}", fiber, self.seconds, caller.process))
        if running:
            self._hub.switch()
        if raised:
            raise raised[0]
        return [results[number] for number in range(len(calls))]

    def soonest(self) -> float | None:
        """Unix time at which the next task wakes; None when no task waits."""
        return min((task.wakes_at for task in self.waiting), default=None)

    def run(self, until: float = float("inf"), *, advances: bool = True) -> None:
        """Run until no task waits or the next one wakes later than `until`; then, if it `advances`, advance the time to
        `until`."""
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
        if advances and until != float("inf"):
            self.advance_to(until)

    def advance_to(self, moment: float) -> None:
        self.seconds = max(self.seconds, moment)
        self._on_time_passed()

    def _latency(self) -> float:
        draw = self.random.random()
        if draw < _IMMEDIATE_RATE:
            return 0.0
        return self.random.uniform(0, 30) if draw > 1 - _SLOW_RATE else self.random.random()
