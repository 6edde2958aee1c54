"""Create the demo data in a stack that starts, on a clock that is moved through the past months."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from local import interrupts
from local.handler_loader import HandlerLoader
from local.lambda_context import LambdaContext
from local.local_clock import LocalClock
from local.stream_poller import BATCH_SIZE, StreamPoller
from local.sweep_scheduler import TIMEOUT_SECONDS, make_scheduled_event

_LARGE_BATCH: Final = 1_000
"""Each batch of the stream writes each card of the catalogue once, so larger batches take less time."""


def create_demo_data(
    url: str, loader: HandlerLoader, poller: StreamPoller, clock: LocalClock | None, print_line: Callable[[str], None]
) -> None:
    """Seed the instance at `url`, whose functions `loader` has loaded; `poller` is not started yet, and has processed
    the stream afterwards. With `clock`, which the fakes read, the data is of the past months; without it, of today."""
    seed, shared_clock = import_module("local.seed"), import_module("shared.clock")

    def sweep() -> None:
        loader.call_sweep_handler(
            make_scheduled_event(), LambdaContext("payments-sweep", timeout_seconds=TIMEOUT_SECONDS)
        )

    try:
        if clock is None:
            _seed(seed, url, None, print_line)
        else:
            with shared_clock.override(clock.now):
                _seed(seed, url, seed.PastTimeline(clock, sweep), print_line)
    finally:
        if clock is not None:
            clock.reset()
    poller.batch_size = _LARGE_BATCH
    with interrupts.allowed():
        poller.drain()
    poller.batch_size = BATCH_SIZE


def _seed(seed: Any, url: str, timeline: Any, print_line: Callable[[str], None]) -> None:
    try:
        with interrupts.allowed():
            seed.seed_demo_data(url, timeline=timeline)
    except seed.SeedError as error:
        print_line(f"the demo data is incomplete: {error}")
