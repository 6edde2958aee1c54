"""Retry of optimistic writes: read, decide, write under the condition of what was read, and read again on a conflict.

The policy: an attempt that conflicts is repeated at once, at most five attempts are made, and then the caller's "busy"
error is raised. A conflict means that another process made progress, and `Transaction.commit` has already backed off
where DynamoDB reported contention, so a pause would only cost time. `CONTENDED` and `HOT_ITEM` are the exceptions.

Not a conflict, and therefore not here: a loop over pages of a Query, the unprocessed keys of a batch (store.py), the
resending of a transaction with the same token (transaction.py), a repeated call of a gateway.
"""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T")


class WriteConflict(Exception):
    """An item changed between the read and the write of an attempt: nothing was written. A signal between an
    attempt and its retry: no client sees it."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `attempts`, with a random pause of up to `max_pause_seconds` before each repetition; none starts later
    than `timeout_seconds` after the first."""

    attempts: int
    max_pause_seconds: float = 0
    timeout_seconds: float = math.inf


DEFAULT: Final = RetryPolicy(attempts=5)
CONTENDED: Final = RetryPolicy(attempts=8)
"""For items that several processes write at the same moment: browser, webhook and sweep settle one payment; projector
and rebuild write one counter."""
HOT_ITEM: Final = RetryPolicy(attempts=60, max_pause_seconds=0.05, timeout_seconds=8)
"""For one item that every capture writes: the counter of receipt numbers. The pause spreads the competitors."""


def retry_on_conflict(attempt: Callable[[], T], busy: Callable[[], Exception], policy: RetryPolicy = DEFAULT) -> T:
    """The result of the first `attempt` that raises no WriteConflict. Raises `busy()` when all of them did, and
    whatever else an attempt raises."""
    give_up_at = time.monotonic() + policy.timeout_seconds
    for number in range(policy.attempts):
        if number and policy.max_pause_seconds:
            time.sleep(random.uniform(0, policy.max_pause_seconds))  # noqa: S311 (jitter)
        try:
            return attempt()
        except WriteConflict:
            if time.monotonic() > give_up_at:
                break
    raise busy()
