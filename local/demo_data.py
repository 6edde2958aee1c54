"""Create the demo data in a stack that starts, on a clock that is moved through the past months."""

from collections.abc import Callable
from functools import partial
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
    the stream afterwards. With `clock`, which the fakes read, the data is of the past months, and the nightly
    reconciliation has run; without it, the data is of today."""
    seed = import_module("local.seed")
    if clock is None:
        _seed(seed, url, None, print_line)
    else:
        try:
            with import_module("shared.clock").override(clock.now):
                _seed(seed, url, seed.PastTimeline(clock, partial(_sweep, loader)), print_line)
        finally:
            clock.reset()
        loader.call_reconcile_handler({"pass": "nightly"}, _context("payments-reconcile"))
    poller.batch_size = _LARGE_BATCH
    with interrupts.allowed():
        poller.drain()
    poller.batch_size = BATCH_SIZE


def _sweep(loader: HandlerLoader) -> None:
    loader.call_sweep_handler(make_scheduled_event(), _context("payments-sweep"))


def _context(function: str) -> LambdaContext:
    return LambdaContext(function, timeout_seconds=TIMEOUT_SECONDS)


def _seed(seed: Any, url: str, timeline: Any, print_line: Callable[[str], None]) -> None:
    try:
        with interrupts.allowed():
            seed.seed_demo_data(url, timeline=timeline)
    except seed.SeedError as error:
        print_line(f"the demo data is incomplete: {error}")
