"""Kills the product after a planned number of requests, while they are in flight, and starts it again."""

import threading
import time
from collections.abc import Sequence

from tests.load.http_histories.plan import PlannedKill
from tests.load.http_histories.processes.product import Product


class Kills:
    """`count_request` is called before each request to the product; requests count from `begin` to the last planned
    kill. `failures` are starts that did not succeed."""

    def __init__(self, product: Product, plan: Sequence[PlannedKill]) -> None:
        self.failures: list[str] = []
        self._product = product
        self._plan = list(plan)
        self._counting = threading.Lock()
        self._left = 0
        self._due = threading.Event()
        self._ended = threading.Event()
        self._killing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="kills", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        with self._counting:
            self._left = self._plan[0].after_requests if self._plan else 0

    def count_request(self) -> None:
        with self._counting:
            self._left -= 1
            if self._left == 0:
                self._due.set()

    def hold(self) -> threading.Lock:
        """A lock; while the caller holds it, nothing is killed. The product is up when the lock is free."""
        return self._killing

    def stop(self) -> None:
        """No more kills; the product is up afterwards, unless it failed to start."""
        self._ended.set()
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while self._plan:
            self._due.wait()
            if self._ended.is_set():
                return
            self._due.clear()
            planned = self._plan.pop(0)
            time.sleep(planned.delay_seconds)
            try:
                with self._killing:
                    self._product.kill()
                    time.sleep(planned.down_seconds)
                    self._product.start()
            except RuntimeError as error:
                self.failures.append(str(error))
                return
            with self._counting:
                self._left = self._plan[0].after_requests if self._plan else 0
