"""How fast one run of the sweep calls Razorpay, and whether it calls it at all.

A 429 pauses the polls of all threads for as long as Razorpay asks, and slows them down afterwards. Failures in a row
have two possible causes: after three of them, one cheap call tells whether Razorpay is down, or just cannot answer for
those orders.

Safe for threads: the lock is held for a moment only, never during a call or a pause.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from shared import clock
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.observability import logger

FAILURES_BEFORE_PROBE: Final = 3
MAX_PAUSES: Final = 4
MAX_PAUSE_SECONDS: Final = 30
_FIRST_SPACING_SECONDS: Final = 0.25
"""Between the starts of two calls after the first 429; doubled with each further one."""


class GatewayPace:
    """`seconds_left`: the time that remains for polls; a longer pause stops the calls of this run."""

    def __init__(self, seconds_left: Callable[[], float]) -> None:
        self._seconds_left = seconds_left
        self._lock = threading.Lock()
        self._next_call_at = 0.0
        self._spacing = 0.0
        self._failures_in_a_row = 0
        self._is_probing = False
        self.pauses = 0
        self.stopped = False
        """Whether this run calls Razorpay no more: it is down, or rejected too many calls."""

    def await_turn(self) -> int | None:
        """Waits until the next call may begin. Returns the number of the current pause, which `busy` needs; None when
        no call may begin any more."""
        while True:
            with self._lock:
                turn, now = self.pauses, time.monotonic()
                begins_at = max(self._next_call_at, now)
                self._next_call_at = begins_at + self._spacing
            if begins_at > now and not self.stopped:
                time.sleep(begins_at - now)
            if self.stopped:
                return None
            if turn == self.pauses:
                return turn

    def answered(self) -> None:
        """Razorpay answered, if only with a rejection."""
        with self._lock:
            self._failures_in_a_row = 0

    def raised(self, error: Exception) -> None:
        """A call, or the processing of its answer, raised the error: it is counted as what it says of Razorpay."""
        if isinstance(error, GatewayUnavailable):
            self.failed()
        elif isinstance(error, GatewayRejected):
            self.answered()

    def busy(self, turn: int, retry_after: int) -> None:
        """The call of that turn got a 429. Pauses all calls, unless the run has paused since that call began. The fifth
        pause of a run stops it."""
        pause = min(retry_after, MAX_PAUSE_SECONDS)
        has_time = pause < self._seconds_left()
        with self._lock:
            if turn != self.pauses:
                return
            self.stopped = self.stopped or self.pauses == MAX_PAUSES or not has_time
            if not self.stopped:
                self.pauses += 1
                self._next_call_at = time.monotonic() + pause
                self._spacing = max(2 * self._spacing, _FIRST_SPACING_SECONDS)
        logger().warning(
            "gateway limits calls", extra={"pause_seconds": pause, "pauses": self.pauses, "stops": self.stopped}
        )

    def failed(self) -> None:
        """A call got no usable answer. The third in a row probes Razorpay, in the caller's thread; other threads go on
        meanwhile, each with at most one call. A probe that raises counts as answered: the next three failures probe
        again."""
        with self._lock:
            self._failures_in_a_row += 1
            if self._failures_in_a_row < FAILURES_BEFORE_PROBE or self._is_probing:
                return
            self._is_probing = True
        answers = True
        try:
            answers = _gateway_answers()
        finally:
            with self._lock:
                self._is_probing, self._failures_in_a_row = False, 0
                self.stopped = self.stopped or not answers


def _gateway_answers() -> bool:
    """Whether Razorpay answers a request for the orders of this second. An answer that cannot be read is one."""
    try:
        now = int(clock.now().timestamp())
        next(razorpay.list_orders(now, now), None)
    except (GatewayBusy, GatewayRejected):
        return True
    except GatewayUnavailable:
        return False
    except Exception:  # noqa: BLE001 (a probe must not end the run)
        logger().exception("probe of the gateway failed")
    return True
