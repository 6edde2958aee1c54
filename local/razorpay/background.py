"""What a running stand-in does by itself: timers, webhook deliveries, saving its state."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.state.outbox import Event
from local.razorpay.state.state_file import save, snapshot

MAX_CONCURRENT_DELIVERIES = 4
SAVE_EVERY_SECONDS = 0.2
MAX_WAIT_SECONDS = 1.0


class BackgroundWorker:
    """Deliveries run side by side, so events arrive in no promised order, as from the real gateway."""

    def __init__(self, gateway: FakeRazorpay, state_file: Path | None) -> None:
        self._gateway = gateway
        self._state_file = state_file
        self._saved_revision = gateway.revision
        self._saved_at = time.monotonic()
        self._stopping = False
        self._client = httpx.Client(
            timeout=gateway.settings.webhook_timeout_seconds, trust_env=False, follow_redirects=False
        )
        self._deliveries = ThreadPoolExecutor(MAX_CONCURRENT_DELIVERIES, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="razorpay-background", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._gateway.changed:
            self._stopping = True
            self._gateway.changed.notify_all()
        self._thread.join()
        self._deliveries.shutdown(wait=True, cancel_futures=True)
        self._client.close()
        self._save()

    def _run(self) -> None:
        gateway = self._gateway
        while True:
            with gateway.changed:
                if self._stopping:
                    return
                gateway.fire_due_timers()
                url = gateway.webhook_url
                if url is not None:
                    for event in gateway.ledger.outbox.take_due(gateway.clock.now()):
                        self._deliveries.submit(self._deliver, event, url)
                unsaved = self._state_file is not None and gateway.revision != self._saved_revision
                save_in = self._saved_at + SAVE_EVERY_SECONDS - time.monotonic()
                if not (unsaved and save_in <= 0):
                    gateway.changed.wait(min(self._idle_seconds(), save_in if unsaved else MAX_WAIT_SECONDS))
                    continue
            self._save()

    def _idle_seconds(self) -> float:
        """Until the next timer or delivery; less than a second, as real time moves the clock too."""
        ledger = self._gateway.ledger
        moments = [ledger.timers[0].due_at] if ledger.timers else []
        retry_at = ledger.outbox.next_at() if self._gateway.webhook_url else None
        if retry_at is not None:
            moments.append(retry_at)
        until = min(moments, default=float("inf")) - self._gateway.clock.now()
        return max(min(until, MAX_WAIT_SECONDS), 0.0)

    def _deliver(self, event: Event, url: str) -> None:
        try:
            outcome = str(self._client.post(url, content=event.body.encode(), headers=event.headers()).status_code)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            outcome = type(error).__name__
        with self._gateway.locked_ledger() as ledger:
            ledger.outbox.record(event.id, outcome, self._gateway.clock.now())

    def _save(self) -> None:
        if self._state_file is None:
            return
        with self._gateway.changed:
            state, self._saved_revision = snapshot(self._gateway), self._gateway.revision
        save(self._state_file, state)
        self._saved_at = time.monotonic()
