"""Calls a function for many items, in a few threads.

Almost all time of a poll is spent waiting for Razorpay and for the table, so threads are enough. What they share is
safe for threads, see docs/decisions/0036-parallel-sweep.md.
"""

from collections.abc import Callable, Sequence
from concurrent import futures
from contextvars import Context, copy_context
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

WORKERS: Final = 8
"""Concurrent polls of one run: 40 calls a second at a Razorpay that takes 200 ms. Razorpay publishes no limit."""


def map_in_threads(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """The results of `function(item)` in the order of the items. Up to WORKERS calls run at once, each in a copy of the
    caller's context; they begin in the order of the items.

    Raises the exception of the first item that raised one, after the calls that run have ended; calls that have not
    begun then are left out."""
    contexts = [copy_context() for _ in items]

    def call(context: Context, item: T) -> R:
        return context.run(function, item)

    if len(items) < 2:
        return list(map(call, contexts, items))
    with futures.ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(call, contexts, items))
