"""`python -m tests.load.http_histories.processes.passing_days SECONDS yes|no`: time passes, with everything that AWS
runs on a schedule: the sweep in steps of minutes to half a day, and the reconciliation and the invariants of each hour
and night. With "no" nothing is reconciled.

The clock of the batch and that of the fake Razorpay move together. The settings of the product are in the environment.
Prints what the functions log."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from functions.payments import invariants_handler, reconcile_handler, sweep_handler
from shared import clock
from shared.errors import StoreUnavailable
from tests.load.http_histories.plan import DAY, MINUTE
from tests.load.http_histories.processes.gateway import Gateway
from tests.load.http_histories.processes.on_shared_clock import CLOCK_FILE
from tests.load.http_histories.processes.shared_clock import SharedClock

_HOUR: Final = 60 * MINUTE
_TRIES: Final = 10
_SHORTEST_STEP, _LONGEST_STEP = 5 * MINUTE, 12 * _HOUR


def steps(seconds: float) -> Iterator[float]:
    """Parts of `seconds`: five minutes each at first, then half of what has passed, at most half a day."""
    passed = 0.0
    while passed < seconds:
        step = min(seconds - passed, max(_SHORTEST_STEP, passed / 2), _LONGEST_STEP)
        passed += step
        yield step


class Schedule:
    """Runs what is due; `file` keeps the times of the latest runs for the next process."""

    def __init__(self, file: Path, time: SharedClock, *, reconciles: bool) -> None:
        self._file, self._time, self._reconciles = file, time, reconciles
        now = time.seconds()
        self._next: dict[str, float] = {"hour": now + _HOUR, "night": now + DAY}
        if file.exists():
            self._next = json.loads(file.read_text())

    def run_due(self) -> None:
        _invoke(sweep_handler.lambda_handler, {})
        if self._is_due("hour", _HOUR):
            self._reconcile({})
            _invoke(invariants_handler.lambda_handler, {})
        if self._is_due("night", DAY):
            self._reconcile({"pass": "nightly"})
            _invoke(sweep_handler.lambda_handler, {})
            _invoke(invariants_handler.lambda_handler, {"pass": "full"})
        self._file.write_text(json.dumps(self._next))

    def _is_due(self, name: str, period: float) -> bool:
        now = self._time.seconds()
        if now < self._next[name]:
            return False
        self._next[name] = now + period
        return True

    def _reconcile(self, event: dict[str, Any]) -> None:
        if self._reconciles:
            _invoke(reconcile_handler.lambda_handler, event)


def _invoke(handler: Callable[[dict[str, Any], Any], object], event: dict[str, Any]) -> None:
    """Calls the handler; again, like a schedule, when the database of a busy machine did not answer in time. Raises
    StoreUnavailable."""
    for remaining in reversed(range(_TRIES)):
        try:
            handler(event, None)
        except StoreUnavailable:
            if not remaining:
                raise
        else:
            return


def main() -> None:
    seconds, reconciles = float(sys.argv[1]), sys.argv[2] == "yes"
    time = SharedClock(Path(os.environ[CLOCK_FILE]))
    environ = os.environ
    gateway = Gateway(
        environ["LMS_RAZORPAY_BASE_URL"], environ["LMS_RAZORPAY_KEY_ID"], environ["LMS_RAZORPAY_KEY_SECRET"]
    )
    with clock.override(time.now):
        schedule = Schedule(time.file.with_name("schedule.json"), time, reconciles=reconciles)
        schedule.run_due()
        for step in steps(seconds):
            time.advance(step)
            gateway.control("clock", {"advance_seconds": step})
            schedule.run_due()


if __name__ == "__main__":
    main()
