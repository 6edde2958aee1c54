"""The trace of a history: time, task, event, subject and outcome."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.runtime.scheduler import Scheduler


class Trace:
    def __init__(self, scheduler: "Scheduler") -> None:
        self._scheduler = scheduler
        self.entries: list[tuple[float, str, str, str | Callable[[], str], str]] = []

    def add(self, what: str, about: str | Callable[[], str], outcome: str = "") -> None:
        """`about` may be a callable, which is called only when the trace is printed: most traces never are."""
        task = self._scheduler.current
        self.entries.append((self._scheduler.seconds, task.name if task else "-", what, about, outcome))

    def lines(self) -> list[str]:
        return [
            f"{datetime.fromtimestamp(at, UTC):%d %H:%M:%S.%f}"[:-3]
            + f"  {task:<22} {what:<18} {about if isinstance(about, str) else about()}  {outcome}".rstrip()
            for at, task, what, about, outcome in self.entries
        ]

    def digest(self) -> str:
        """A hash of the trace: equal for equal histories."""
        return hashlib.sha256("\n".join(self.lines()).encode()).hexdigest()
