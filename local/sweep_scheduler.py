"""Call the sweep again and again, as EventBridge Scheduler does in the cloud."""

import threading
import traceback
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.lambda_context import LambdaContext

MAX_SWEEP_SECONDS = 60.0


def make_scheduled_event(now: datetime | None = None) -> dict[str, Any]:
    """What a schedule without an input of its own sends to a function."""
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
    """Seconds between two sweeps: a quarter of the payment window, from 1 to 60."""
    return max(1.0, min(MAX_SWEEP_SECONDS, order_window_seconds / 4))


class SweepScheduler:
    """Calls `handler(event, context)` every `seconds` from `start` to `stop`, never twice at once."""

    def __init__(self, handler: Callable[[dict[str, Any], Any], Any], seconds: float) -> None:
        self._handler = handler
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A call that is under way is given a second to end."""
        self._stopping.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._handler(make_scheduled_event(), LambdaContext("payments-sweep"))
            except Exception:  # noqa: BLE001 - the next run must come whatever happened to this one
                traceback.print_exc()
