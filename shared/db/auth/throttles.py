"""Failed attempts of an account or an address: counted, and answered with a pause that doubles.

A count lives in a window of time that is part of its key: nothing has to be reset, and TTL only sweeps. The pause
follows from the count and the last failure, so one conditional update counts a failure and can never be outrun by
parallel ones: what is locked counts nothing, and so no pause can be made longer from outside.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.condition import Condition

from shared.db.entities import Throttle
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Limit:
    """`allowed` failures in a `window` pass; from then on each is followed by a pause, doubled up to `longest`."""

    scope: str
    max_failures: int
    window: timedelta
    base_pause: timedelta
    max_pause: timedelta

    def pause(self, failures: int) -> timedelta:
        if failures < self.max_failures:
            return timedelta()
        # 16 doublings of any first pause are past the longest; more would only make huge numbers
        return min(self.base_pause * (1 << min(failures - self.max_failures, 16)), self.max_pause)


ACCOUNT: Final = Limit("ACCOUNT", 10, timedelta(days=1), timedelta(seconds=30), timedelta(minutes=15))
SOURCE: Final = Limit("SOURCE", 100, timedelta(minutes=15), timedelta(seconds=30), timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class ThrottleWindow:
    """The failures of one subject in the window that `at` is in."""

    limit: Limit
    subject: str
    at: datetime

    @property
    def key(self) -> keys.Key:
        """Holds no address: the subject is hashed."""
        window = int(self.at.timestamp() // self.limit.window.total_seconds())
        return keys.throttle(self.limit.scope, hashlib.sha256(f"{window} {self.subject}".encode()).hexdigest()[:40])

    def remaining_pause(self, found: Throttle | None) -> timedelta:
        """How long the subject must wait yet; zero when it need not."""
        if found is None:
            return timedelta()
        return max(found.failed_at + self.limit.pause(found.failures) - self.at, timedelta())


def get(count: ThrottleWindow) -> Throttle | None:
    return store.get(Throttle, count.key)


def record_failure(count: ThrottleWindow) -> timedelta:
    """Counts one failure. Answers zero, or, when the subject is locked and nothing was counted, the pause left."""
    written = store.update(
        Throttle,
        count.key,
        [
            Throttle.kind.set(Throttle.KIND),
            Throttle.failures.set((Throttle.failures | 0) + 1),
            Throttle.failed_at.set(count.at),
            Throttle.expires_at.set(int((count.at + 2 * count.limit.window).timestamp())),
        ],
        _not_locked(count),
    )
    return timedelta() if written.succeeded else count.remaining_pause(written.item)


def clear(writing: Transaction, count: ThrottleWindow, found: Throttle | None) -> None:
    """Adds to `writing`, under the label "throttle", that the subject is not locked, and forgets its failures."""
    if found is None:
        writing.check("throttle", count.key, _not_locked(count))
    else:
        writing.delete("throttle", count.key, _not_locked(count))


def _not_locked(count: ThrottleWindow) -> Condition:
    """Not locked: below the limit, or the pause that the failures earned is over."""
    limit = count.limit
    is_open: Condition = Throttle.pk.does_not_exist() | (Throttle.failures < limit.max_failures)
    failures = limit.max_failures
    while limit.pause(failures) < limit.max_pause:
        is_open |= (Throttle.failures == failures) & (Throttle.failed_at <= count.at - limit.pause(failures))
        failures += 1
    is_open |= (Throttle.failures >= failures) & (Throttle.failed_at <= count.at - limit.max_pause)
    return is_open
