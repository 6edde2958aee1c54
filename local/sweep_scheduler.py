"""Call the payments sweep and the reconciliation periodically, as EventBridge Scheduler does on AWS."""

import threading
import traceback
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.lambda_context import LambdaContext

MAX_SWEEP_SECONDS = 60.0
TIMEOUT_SECONDS = 280.0
"""The time limit of a run: that of the sweep on AWS."""
RECONCILE_SECONDS = 300.0
"""More often than the hour of AWS: nobody runs the local stack for a day."""
NIGHTLY_SECONDS = 900.0
"""The nightly pass, which reads settlements into the reports, starts this often: there is no night to wait for."""
NIGHTLY_EVENT = {"pass": "nightly"}
"""The input of the nightly schedule on AWS."""


def make_scheduled_event(now: datetime | None = None) -> dict[str, Any]:
    """The event that EventBridge Scheduler sends to a function when the schedule has no input of its own."""
    now = now or datetime.now(UTC)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "ap-south-1",
        "resources": ["arn:aws:scheduler:ap-south-1:000000000000:schedule/default/lectern-sweep"],
        "detail": "{}",
    }


def sweep_interval(order_window_seconds: float) -> float:
    """Seconds between two sweeps: a quarter of the order window, from 1 to 60."""
    return max(1.0, min(MAX_SWEEP_SECONDS, order_window_seconds / 4))


class SweepScheduler:
    """Calls `handler(event, context)` of `function` every `seconds` from `start` to `stop`, never concurrently. `event`
    is the input of the schedule, if it has one."""

    def __init__(
        self,
        handler: Callable[[dict[str, Any], Any], Any],
        seconds: float,
        function: str = "payments-sweep",
        event: dict[str, Any] | None = None,
    ) -> None:
        self._handler = handler
        self._seconds = seconds
        self._function = function
        self._event = event
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop calling; a running call has one second to finish."""
        self._stopping.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                event = self._event or make_scheduled_event()
                self._handler(event, LambdaContext(self._function, timeout_seconds=TIMEOUT_SECONDS))
            except Exception:  # noqa: BLE001 - a failed run must not prevent the next one
                traceback.print_exc()
