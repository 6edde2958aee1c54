"""Retry of optimistic writes. An attempt reads, decides, and writes on the condition that the items read are unchanged;
a conflict leads to another attempt.

The policy: an attempt that conflicts is repeated at once, at most five attempts are made, and then the caller's "busy"
error is raised. A conflict means that another process made progress, and `Transaction.commit` has already backed off
where DynamoDB reported contention, so a pause would only cost time. The exceptions: `CONTENDED` allows more attempts,
and `HOT_ITEM` also pauses.

These are not conflicts and are handled elsewhere: the pages of a Query, the unprocessed keys of a batch (store.py), the
resending of a transaction with the same token (transaction.py), the repeated call of a gateway.
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
    """The result of the first `attempt` that raises no WriteConflict. Raises `busy()` when every attempt allowed by the
    policy raised one. Any other exception of an attempt is raised as it is."""
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
