"""A virtual clock: callbacks at moments, and tasks that sleep and compete for one CPU. Nothing waits in real time."""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")


class VirtualTime:
    """`seconds`: the current time in unix seconds."""

    def __init__(self, start: float) -> None:
        self.seconds = start
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._hub = getcurrent()
        self._cpu_free_at = start

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def at(self, moment: float, callback: Callable[[], object]) -> None:
        """Calls it at that moment. A callback must not sleep."""
        heapq.heappush(self._queue, (moment, next(self._numbers), callback))

    def spawn(self, work: Callable[[], object]) -> None:
        """Starts a task, which may sleep."""
        self.at(self.seconds, greenlet(work, self._hub).switch)

    def sleep(self, seconds: float) -> None:
        self.at(self.seconds + seconds, getcurrent().switch)
        self._hub.switch()

    def use_cpu(self, seconds: float) -> None:
        """Occupies the CPU of the function, which its threads share, for that long."""
        self._cpu_free_at = max(self._cpu_free_at, self.seconds) + seconds
        self.sleep(self._cpu_free_at - self.seconds)

    def call_in_threads(self, calls: Sequence[Callable[[], T]], workers: int) -> list[T]:
        """The results of the calls, of which up to `workers` run at once."""
        caller, waiting, results = getcurrent(), deque(enumerate(calls)), dict[int, T]()
        running = min(workers, len(calls))

        def work() -> None:
            nonlocal running
            while waiting:
                number, call = waiting.popleft()
                results[number] = call()
            running -= 1
            if not running:
                self.at(self.seconds, caller.switch)

        for _ in range(running):
            self.spawn(work)
        if running:
            self._hub.switch()
        return [results[number] for number in range(len(calls))]

    def run(self, until: float) -> None:
        while self._queue and self._queue[0][0] <= until:
            moment, _, callback = heapq.heappop(self._queue)
            self.seconds = max(self.seconds, moment)
            callback()
        self.seconds = max(self.seconds, until)
