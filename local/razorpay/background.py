"""The background work of a running fake: timers, webhook deliveries, saving its state."""

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
    """Deliveries run concurrently, so the order of events is not guaranteed, as with the real Razorpay."""

    def __init__(self, fake: FakeRazorpay, state_file: Path | None) -> None:
        self._fake = fake
        self._state_file = state_file
        self._saved_revision = fake.revision
        self._saved_at = time.monotonic()
        self._stopping = False
        self._client = httpx.Client(
            timeout=fake.settings.webhook_timeout_seconds, trust_env=False, follow_redirects=False
        )
        self._deliveries = ThreadPoolExecutor(MAX_CONCURRENT_DELIVERIES, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="razorpay-background", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._fake.changed:
            self._stopping = True
            self._fake.changed.notify_all()
        self._thread.join()
        self._deliveries.shutdown(wait=True, cancel_futures=True)
        self._client.close()
        self._save()

    def _run(self) -> None:
        fake = self._fake
        while True:
            with fake.changed:
                if self._stopping:
                    return
                fake.fire_due_timers()
                self._submit_due_deliveries()
                unsaved = self._state_file is not None and fake.revision != self._saved_revision
                save_in = self._saved_at + SAVE_EVERY_SECONDS - time.monotonic()
                if not (unsaved and save_in <= 0):
                    fake.changed.wait(min(self._idle_seconds(), save_in if unsaved else MAX_WAIT_SECONDS))
                    continue
            self._save()

    def _submit_due_deliveries(self) -> None:
        url = self._fake.webhook_url
        if url is not None:
            for event in self._fake.ledger.outbox.take_due(self._fake.clock.now()):
                self._deliveries.submit(self._deliver, event, url)

    def _idle_seconds(self) -> float:
        """Seconds until the next timer or delivery, at most one: real time moves the clock too."""
        ledger = self._fake.ledger
        due_times = [ledger.timers[0].due_at] if ledger.timers else []
        retry_at = ledger.outbox.next_at() if self._fake.webhook_url else None
        if retry_at is not None:
            due_times.append(retry_at)
        seconds = min(due_times, default=float("inf")) - self._fake.clock.now()
        return max(min(seconds, MAX_WAIT_SECONDS), 0.0)

    def _deliver(self, event: Event, url: str) -> None:
        try:
            outcome = str(self._client.post(url, content=event.body.encode(), headers=event.headers()).status_code)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            outcome = type(error).__name__
        with self._fake.locked_ledger() as ledger:
            ledger.outbox.record(event.id, outcome, self._fake.clock.now())

    def _save(self) -> None:
        if self._state_file is None:
            return
        with self._fake.changed:
            state, self._saved_revision = snapshot(self._fake), self._fake.revision
        save(self._state_file, state)
        self._saved_at = time.monotonic()
