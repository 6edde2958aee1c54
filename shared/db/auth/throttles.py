"""Sign-in throttling: failures of an account or a source address are counted, and lead to a pause that doubles.

The time window is part of the key, so nothing has to be reset and TTL only cleans up. The pause follows from the number
of failures and the time of the last one, so one conditional update counts a failure and parallel attempts cannot bypass
it. A locked subject counts no failures: an attacker cannot prolong the pause of an account.
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
    """From the `max_failures`th failure in a `window` on, each failure leads to a pause, doubled up to `max_pause`."""

    scope: str
    max_failures: int
    window: timedelta
    base_pause: timedelta
    max_pause: timedelta

    def pause(self, failures: int) -> timedelta:
        if failures < self.max_failures:
            return timedelta()
        # 16 doublings of any base pause exceed max_pause; more would only produce huge numbers
        return min(self.base_pause * (1 << min(failures - self.max_failures, 16)), self.max_pause)


ACCOUNT: Final = Limit("ACCOUNT", 10, timedelta(days=1), timedelta(seconds=30), timedelta(minutes=15))
SOURCE: Final = Limit("SOURCE", 100, timedelta(minutes=15), timedelta(seconds=30), timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class ThrottleWindow:
    """One subject (an account or a source address) in the time window that contains `at`."""

    limit: Limit
    subject: str
    at: datetime

    @property
    def key(self) -> keys.Key:
        """The key contains no address: the subject is hashed."""
        number = int(self.at.timestamp() // self.limit.window.total_seconds())
        digest = hashlib.sha256(f"{number} {self.subject}".encode()).hexdigest()[:40]
        return keys.throttle(self.limit.scope, digest)

    def remaining_pause(self, throttle: Throttle | None) -> timedelta:
        """How long the subject is still locked; zero if it is not."""
        if throttle is None:
            return timedelta()
        return max(throttle.failed_at + self.limit.pause(throttle.failures) - self.at, timedelta())


def get(window: ThrottleWindow) -> Throttle | None:
    return store.get(Throttle, window.key)


def record_failure(window: ThrottleWindow) -> timedelta:
    """Counts one failure and returns zero. If the subject is locked, counts nothing and returns the remaining pause."""
    written = store.update(
        Throttle,
        window.key,
        [
            Throttle.kind.set(Throttle.KIND),
            Throttle.failures.set((Throttle.failures | 0) + 1),
            Throttle.failed_at.set(window.at),
            Throttle.expires_at.set(int((window.at + 2 * window.limit.window).timestamp())),
        ],
        _not_locked(window),
    )
    return timedelta() if written.succeeded else window.remaining_pause(written.item)


def clear(transaction: Transaction, window: ThrottleWindow, throttle: Throttle | None) -> None:
    """Adds one operation to `transaction`, labelled "throttle": it deletes the failures of the subject, if there are
    any, on the condition that the subject is not locked."""
    if throttle is None:
        transaction.check("throttle", window.key, _not_locked(window))
    else:
        transaction.delete("throttle", window.key, _not_locked(window))


def _not_locked(window: ThrottleWindow) -> Condition:
    """The condition that the subject is not locked: below the limit, or past the pause of its failures."""
    limit = window.limit
    is_open: Condition = Throttle.pk.does_not_exist() | (Throttle.failures < limit.max_failures)
    failures = limit.max_failures
    while limit.pause(failures) < limit.max_pause:
        is_open |= (Throttle.failures == failures) & (Throttle.failed_at <= window.at - limit.pause(failures))
        failures += 1
    is_open |= (Throttle.failures >= failures) & (Throttle.failed_at <= window.at - limit.max_pause)
    return is_open
