"""The sweep: looks at everything whose timer is due, and asks the gateway before it decides anything.

Two sweeps at once, one that dies half-way and one that never ran are all harmless: each look reads, asks and settles
like any other messenger, and a timer is there until what it waits for is settled.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Final

from functions.payments.polling.poll_order import poll_order
from functions.payments.receipts import receipt_service
from shared import clock
from shared.db import due_index
from shared.db.enrollments import enrollments
from shared.db.entities import Enrollment, Payment, Receipt
from shared.db.table import keys, store
from shared.db.table.keys import Key
from shared.domain.lifecycle import EnrollmentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.errors import DomainError, GatewayBusy, GatewayUnavailable
from shared.gateways.razorpay import GatewayRejected
from shared.history_kinds import Cause, ChangeKind, Source
from shared.observability import logger
from shared.settlement.poll_schedule import backoff_until

ITEMS_PER_RUN: Final = 500
_MAX_CONSECUTIVE_TIMEOUTS: Final = 3
_SECONDS_PER_ITEM: Final = 20
_PAYMENT_SORT_KEY: Final = keys.payment("").sk


@dataclass
class SweepReport:
    """Numbers of one run: items looked at, by what was decided, receipts that got their number, and those left for the
    next run."""

    processed: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    receipts: int = 0
    deferred: int = 0
    oldest_due_seconds: int = 0

    def count(self, verdict: str) -> None:
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1


def sweep(
    *, until: datetime | None = None, limit: int = ITEMS_PER_RUN, seconds_left: Callable[[], float] = lambda: inf
) -> SweepReport:
    """One run over the timers due at `until` (default: now). What cannot be settled now is left, counted, and put off,
    so that the next run begins with others.

    It ends when `seconds_left` get few. When the gateway says that it is asked too much, or is silent several times
    running, no more is asked of it: asking five hundred times would only take the time of the next run."""
    now = clock.now()
    due = due_index.list_due(until or now, limit)
    report = SweepReport(oldest_due_seconds=max([int((now - at).total_seconds()) for _, at in due] or [0]))
    silent = 0
    for number, (key, at) in enumerate(due):
        if seconds_left() < _SECONDS_PER_ITEM:
            report.deferred += len(due) - number
            break
        if silent >= _MAX_CONSECUTIVE_TIMEOUTS and key.sk == _PAYMENT_SORT_KEY:
            report.deferred += 1
            continue
        report.processed += 1
        item: object = None
        try:
            item = store.get_many([key]).get(key)
            if isinstance(item, Receipt):
                receipt_service.ensure_numbered(item)
                report.receipts += 1
            else:
                report.count(_process(item))
                silent = 0
        except (DomainError, GatewayRejected) as why:
            report.deferred += 1
            silent = _consecutive_timeouts(why, silent)
            logger().warning("left for the next sweep", exc_info=True, extra={"item": key.pk})
        except Exception:  # noqa: BLE001 (one item that cannot be read must not keep the others from being looked at)
            report.deferred += 1
            logger().exception("sweep failed on an item", extra={"item": key.pk})
        if at <= now:
            _reschedule(key, at, item, now)
    return report


def _reschedule(key: Key, due: datetime, item: object, now: datetime) -> None:
    try:
        due_index.reschedule(key, due, backoff_until(getattr(item, "updated_at", due), now))
    except DomainError:
        logger().warning("not put off", exc_info=True, extra={"item": key.pk})


def _consecutive_timeouts(why: Exception, so_far: int) -> int:
    if isinstance(why, GatewayBusy):
        return _MAX_CONSECUTIVE_TIMEOUTS
    return so_far + 1 if isinstance(why, GatewayUnavailable) else 0


def _process(item: object) -> str:
    match item:
        case Payment():
            return poll_order(item)
        case Enrollment():
            return _expire_enrollment(item)
        case _:
            return "gone"


def _expire_enrollment(enrollment: Enrollment) -> str:
    """A pending enrollment nobody began to pay: its own window is over."""
    due = enrollment.gsi2sk
    if enrollment.status is not EnrollmentStatus.PENDING or due is None or clock.parse(due) > clock.now():
        return "not_due"
    now = clock.now()
    expired = Cause(ChangeKind.EXPIRED, Source.SWEEP)
    outcome, _ = enrollments.end(enrollment, cancellation_changes(StatusReason.EXPIRED, now), expired, now)
    return f"enrollment_{outcome.value}"
