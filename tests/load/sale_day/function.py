"""The sweep's function on the virtual clock: the product's code with modelled time, threads, table and Razorpay."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, Final, Self
from unittest.mock import patch

from functions.payments.polling import gateway_pace, parallel
from shared import clock
from shared.db.table import base, retry, transaction
from shared.gateways import razorpay
from tests.fixtures import product_environment
from tests.fixtures.settings_caches import clear_settings_caches
from tests.load.sale_day.modelled_razorpay import SaleRazorpay
from tests.load.sale_day.modelled_table import SaleDynamoClient
from tests.load.sale_day.virtual_time import VirtualTime
from tests.simulation.runtime.speedups import speedups

TIMEOUT_SECONDS: Final = 280
INTERVAL_SECONDS: Final = 300
"""Of the schedule and the time limit of `payments-sweep`, see infra/."""

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """One run of the sweep: its times in seconds, its report, and its calls by kind."""

    started_at: float
    seconds: float
    report: dict[str, Any]
    gateway_calls: Counter[str]
    table_requests: Counter[str]


@contextmanager
def product_on_virtual_time(time: VirtualTime, client: SaleDynamoClient, gateway: SaleRazorpay) -> Iterator[None]:
    """Inside the block the product uses them. Restores every global afterwards."""
    with ExitStack() as stack:
        enter = stack.enter_context
        enter(patch.dict(os.environ, product_environment.product_environment()))
        clear_settings_caches()
        stack.callback(clear_settings_caches)
        enter(clock.override(time.now))
        clocks = SimpleNamespace(sleep=time.sleep, monotonic=lambda: time.seconds)
        for module in (razorpay, retry, transaction, gateway_pace):
            enter(patch.object(module, "time", clocks))
        pools = SimpleNamespace(ThreadPoolExecutor=partial(_VirtualPool, time))
        enter(patch.object(parallel, "futures", pools))
        connection: Any = base.table().connection
        connection._client = client
        razorpay._razorpay().session.mount("http://", gateway)
        enter(speedups())
        yield


class Schedule:
    """Calls the handler every five minutes, never two at once. `runs`: the runs that have ended; `skipped`: how often
    the run before was not done."""

    def __init__(self, time: VirtualTime, handler: Handler, client: SaleDynamoClient, gateway: SaleRazorpay) -> None:
        self._time = time
        self._handler = handler
        self._client = client
        self._gateway = gateway
        self._is_running = False
        self.runs: list[Run] = []
        self.skipped = 0

    def start(self) -> None:
        self._time.at(self._time.seconds + INTERVAL_SECONDS, self.start)
        if self._is_running:
            self.skipped += 1
            return
        self._is_running = True
        self._time.spawn(self._run)

    def _run(self) -> None:
        started = self._time.seconds
        calls, requests = self._gateway.calls.copy(), self._client.requests.copy()
        left = SimpleNamespace(
            get_remaining_time_in_millis=lambda: int(1000 * (started + TIMEOUT_SECONDS - self._time.seconds))
        )
        report = self._handler({}, left)
        self._is_running = False
        self.runs.append(
            Run(
                started,
                self._time.seconds - started,
                report,
                self._gateway.calls - calls,
                self._client.requests - requests,
            )
        )


class _VirtualPool:
    """Replaces ThreadPoolExecutor."""

    def __init__(self, time: VirtualTime, workers: int) -> None:
        self._time = time
        self._workers = workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, function: Callable[..., Any], *iterables: Iterable[Any]) -> list[Any]:
        calls = [partial(function, *arguments) for arguments in zip(*iterables, strict=True)]
        return self._time.call_in_threads(calls, self._workers)
