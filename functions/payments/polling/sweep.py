"""The sweep: processes every item whose scheduled step is due, and polls Razorpay before it decides anything.

Two sweeps at once, one that dies half-way, and one that never ran do no harm: a poll reads, asks and settles like every
other source of evidence, and an item stays in the due index until it is settled.
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
from shared.db.due_index import DueItem
from shared.db.enrollments import enrollments
from shared.db.entities import Enrollment, Payment, Receipt
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.retry import WriteConflict
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
    """Counts of one run: processed items, by verdict; receipts that got their number; items deferred to the next run;
    and the age of the item that was due first."""

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
    """Processes the items that are due at `until` (default: now), oldest first. What cannot be settled now is deferred,
    counted and rescheduled, so that the next run begins with other items.

    The run ends when fewer than 20 `seconds_left` remain. After one "too many requests" or three timeouts in a row it
    polls Razorpay no more: polling five hundred orders in vain would only take the time of the next run."""
    now = clock.now()
    due_items = due_index.list_due(until or now, limit)
    run = _SweepRun(now)
    run.report.oldest_due_seconds = max((int((now - due.due_at).total_seconds()) for due in due_items), default=0)
    for number, due in enumerate(due_items):
        if seconds_left() < _SECONDS_PER_ITEM:
            run.report.deferred += len(due_items) - number
            break
        run.process(due)
    return run.report


class _SweepRun:
    """One run: its report, and how many polls of Razorpay timed out in a row."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.report = SweepReport()
        self._timeouts = 0

    def process(self, due: DueItem) -> None:
        """Processes one item. If processing did not move its step, delays that step, so that the next run begins with
        other items."""
        if self._timeouts >= _MAX_CONSECUTIVE_TIMEOUTS and due.key.sk == _PAYMENT_SORT_KEY:
            self.report.deferred += 1
            return
        self.report.processed += 1
        item: Item | None = None
        try:
            item = store.get_many([due.key]).get(due.key)
            self._process_item(item)
        except (DomainError, GatewayRejected) as error:
            self.report.deferred += 1
            self._timeouts = _consecutive_timeouts(error, self._timeouts)
            logger().warning("deferred to the next sweep", exc_info=True, extra={"item": due.key.pk})
        except Exception:  # noqa: BLE001 (one unreadable item must not keep the others from being processed)
            self.report.deferred += 1
            logger().exception("sweep failed on an item", extra={"item": due.key.pk})
        if due.due_at <= self.now:  # an item that a manual sweep processed early keeps its time
            _reschedule(due, item, self.now)

    def _process_item(self, item: Item | None) -> None:
        if isinstance(item, Receipt):
            receipt_service.ensure_numbered(item)
            self.report.receipts += 1
        else:
            self.report.count(_process_payment_or_enrollment(item))
            self._timeouts = 0


def _reschedule(due: DueItem, item: Item | None, now: datetime) -> None:
    unchanged_since = getattr(item, "updated_at", due.due_at)
    try:
        due_index.reschedule(due.key, due.due_at, backoff_until(unchanged_since, now))
    except DomainError:
        logger().warning("not rescheduled", exc_info=True, extra={"item": due.key.pk})


def _consecutive_timeouts(error: Exception, before: int) -> int:
    """The timeouts in a row after `error`. "Too many requests" counts as the maximum."""
    if isinstance(error, GatewayBusy):
        return _MAX_CONSECUTIVE_TIMEOUTS
    return before + 1 if isinstance(error, GatewayUnavailable) else 0


def _process_payment_or_enrollment(item: Item | None) -> str:
    match item:
        case Payment():
            return poll_order(item)
        case Enrollment():
            return _expire_enrollment_without_order(item)
        case _:
            return "gone"


def _expire_enrollment_without_order(enrollment: Enrollment) -> str:
    """Ends a pending enrollment without an order, if its window has ended."""
    due, now = enrollment.pending_until, clock.now()
    if enrollment.status is not EnrollmentStatus.PENDING or due is None or due > now:
        return "not_due"
    expired = Cause(ChangeKind.ENROLLMENT_EXPIRED, Source.SWEEP)
    try:
        enrollments.end(enrollment, cancellation_changes(StatusReason.EXPIRED, now), expired, now)
    except WriteConflict:
        return "enrollment_changed"
    return "enrollment_expired"
