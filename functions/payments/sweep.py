"""The sweep: looks at everything whose timer is due, and asks the gateway before it decides anything.

Two sweeps at once, one that dies half-way and one that never ran are all harmless: each look reads, asks and settles
like any other messenger, and a timer is there until what it waits for is settled.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Final

from functions.payments import receipts
from functions.payments.look import look_at
from functions.payments.timers import put_off
from shared import clock
from shared.db import enrollments, keys, store, timers
from shared.db.entities import Enrollment, Payment, Receipt
from shared.db.keys import Key
from shared.enrolling import cancellation
from shared.errors import DomainError, GatewayBusy, GatewayUnavailable
from shared.gateways.razorpay import GatewayRefused
from shared.history_kinds import Cause, ChangeKind, Source
from shared.lifecycle import EnrollmentStatus, Reason
from shared.observability import logger

PER_RUN: Final = 500
_SILENT_AT_MOST: Final = 3
_ONE_LOOK_SECONDS: Final = 20
_OF_PAYMENTS: Final = keys.payment("").sk


@dataclass
class SweepReport:
    """Numbers of one run: items looked at, by what was decided, receipts that got their number, and those left for the
    next run."""

    looked_at: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    receipts: int = 0
    left: int = 0
    oldest_due_seconds: int = 0

    def count(self, verdict: str) -> None:
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1


def sweep(
    *, until: datetime | None = None, at_most: int = PER_RUN, seconds_left: Callable[[], float] = lambda: inf
) -> SweepReport:
    """One run over the timers due at `until` (default: now). What cannot be settled now is left, counted, and put off,
    so that the next run begins with others.

    It ends when `seconds_left` get few. When the gateway says that it is asked too much, or is silent several times
    running, no more is asked of it: asking five hundred times would only take the time of the next run."""
    now = clock.now()
    due = timers.due(until or now, at_most)
    report = SweepReport(oldest_due_seconds=max([int((now - at).total_seconds()) for _, at in due] or [0]))
    silent = 0
    for number, (key, at) in enumerate(due):
        if seconds_left() < _ONE_LOOK_SECONDS:
            report.left += len(due) - number
            break
        if silent >= _SILENT_AT_MOST and key.sk == _OF_PAYMENTS:
            report.left += 1
            continue
        report.looked_at += 1
        item: object = None
        try:
            item = store.get_many([key]).get(key)
            if isinstance(item, Receipt):
                receipts.numbered(item)
                report.receipts += 1
            else:
                report.count(_look(item))
                silent = 0
        except (DomainError, GatewayRefused) as why:
            report.left += 1
            silent = _silence(why, silent)
            logger().warning("left for the next sweep", exc_info=True, extra={"item": key.pk})
        except Exception:  # noqa: BLE001 (one item that cannot be read must not keep the others from being looked at)
            report.left += 1
            logger().exception("sweep failed on an item", extra={"item": key.pk})
        if at <= now:
            _put_off(key, at, item, now)
    return report


def _put_off(key: Key, due: datetime, item: object, now: datetime) -> None:
    try:
        timers.put_off(key, due, put_off(getattr(item, "updated_at", due), now))
    except DomainError:
        logger().warning("not put off", exc_info=True, extra={"item": key.pk})


def _silence(why: Exception, so_far: int) -> int:
    if isinstance(why, GatewayBusy):
        return _SILENT_AT_MOST
    return so_far + 1 if isinstance(why, GatewayUnavailable) else 0


def _look(item: object) -> str:
    match item:
        case Payment():
            return look_at(item)
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
    outcome, _ = enrollments.end(enrollment, cancellation(Reason.EXPIRED, now), expired, now)
    return f"enrollment_{outcome.value}"
