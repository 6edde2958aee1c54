"""The sweep: processes every item whose scheduled step is due, and polls Razorpay before it decides anything.

Two sweeps at once, one that dies half-way, and one that never ran do no harm: a poll reads, asks and settles like every
other source of evidence, and an item stays in the due index until it is settled.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from math import inf
from typing import Final

from functions.payments.polling import due_batch
from functions.payments.polling.back_off import back_off
from functions.payments.polling.batch_lists import BatchLists
from functions.payments.polling.due_batch import DueWork
from functions.payments.polling.due_receipts import DueReceipts
from functions.payments.polling.expire_enrollment import expire_enrollment_without_order
from functions.payments.polling.gateway_pace import GatewayPace
from functions.payments.polling.parallel import map_in_threads
from functions.payments.polling.poll_order import poll_order
from functions.payments.polling.sweep_report import SweepReport
from shared import clock
from shared.db.due_index import DueItem
from shared.db.entities import Enrollment, Payment
from shared.db.table.keys import Key
from shared.errors import DomainError, GatewayBusy, StoreUnavailable
from shared.gateways.razorpay import GatewayRejected
from shared.observability import logger

ITEMS_PER_BATCH: Final = 1_000
_SECONDS_PER_ITEM: Final = 20
"""No item is begun with less time: a poll that Razorpay answers late takes about as long."""
_SECONDS_FOR_RECEIPTS: Final = 20
"""The polls leave this much time to the receipts, so that a long queue of polls does not keep receipts from numbers."""


def sweep(
    *, until: datetime | None = None, limit: int = ITEMS_PER_BATCH, seconds_left: Callable[[], float] = lambda: inf
) -> SweepReport:
    """Processes the items that are due at `until` (default: now) in batches of `limit`, until none of them is left:
    polls first, new orders before old ones, several at once; then receipts.

    An item that cannot be settled is counted as deferred, and delays only itself. Polls begin while at least 40
    `seconds_left` remain, receipts while 20 remain; what is not begun stays due. A 429 pauses the polls, the fifth one
    ends them, and so do three failures in a row if Razorpay does not answer a list call either. Raises StoreUnavailable
    when not even the first batch can be listed; a later one ends the polls."""
    return _SweepRun(until, limit, seconds_left).execute()


class _SweepRun:
    """One run. Its method `_process` runs in several threads at once."""

    def __init__(self, until: datetime | None, limit: int, seconds_left: Callable[[], float]) -> None:
        self._now = clock.now()
        self._until = until or self._now
        self._limit = limit
        self._seconds_left = seconds_left
        self._pace = GatewayPace(lambda: seconds_left() - _SECONDS_FOR_RECEIPTS - _SECONDS_PER_ITEM)
        self._seen: set[Key] = set()
        self._old_receipts: list[DueItem] = []
        self._lists = BatchLists(self._pace, self._has_time)
        self._lock = threading.Lock()
        self._report = SweepReport()

    def execute(self) -> SweepReport:
        logger()  # threads share the logger: it is created here, once
        keys = due_batch.read_due_keys(self._until, self._limit)
        ages = [int((self._now - due.due_at).total_seconds()) for due in keys.items]
        self._report.oldest_due_seconds = max(ages, default=0)
        receipts = DueReceipts(self._now, self._until)
        self._process_batch(keys.items)
        if not keys.is_complete:
            self._process_further_batches()
        self._number_receipts(receipts)
        self._report.list_calls = self._lists.calls
        self._report.pauses = self._pace.pauses
        self._report.gateway_stopped = int(self._pace.stopped)
        return self._report

    def _process_further_batches(self) -> None:
        """Until nothing else is due. Otherwise counts as deferred what was not listed: for lack of time, because
        Razorpay is called no more, or because the table does not respond."""
        still_due = 0
        while self._has_time() and not self._pace.stopped:
            # Items that this run deferred, and those that the lagging index still lists, leave room for the others.
            try:
                keys = due_batch.read_due_keys(self._until, self._limit + still_due)
            except StoreUnavailable:
                logger().warning("due items could not be listed", exc_info=True)
                break
            unseen = [due for due in keys.items if due.key not in self._seen]
            still_due = len(keys.items) - len(unseen)
            self._process_batch(unseen)
            if keys.is_complete:
                return
        self._defer()

    def _has_time(self) -> bool:
        return self._seconds_left() >= _SECONDS_PER_ITEM + _SECONDS_FOR_RECEIPTS

    def _process_batch(self, due: list[DueItem]) -> None:
        self._seen.update(each.key for each in due)
        self._old_receipts += filter(due_batch.is_receipt, due)
        works = due_batch.read_items([each for each in due if not due_batch.is_receipt(each)])
        self._lists.fetch([work.item for work in works if isinstance(work.item, Payment)])
        map_in_threads(self._process, due_batch.by_priority(works, self._now))

    def _number_receipts(self, receipts: DueReceipts) -> None:
        receipts.number_all(self._old_receipts, lambda: self._seconds_left() >= _SECONDS_PER_ITEM)
        self._report.processed += receipts.processed
        self._report.receipts = receipts.numbered
        self._report.notes = receipts.notes_numbered
        self._report.deferred += receipts.deferred
        self._report.oldest_receipt_seconds = receipts.oldest_seconds

    def _process(self, work: DueWork) -> None:
        """Processes one item. If processing did not move its step, delays that step, unless it was not begun."""
        if not self._has_time() or isinstance(work.error, StoreUnavailable):
            self._defer()
            return
        try:
            verdict = self._poll(work.item) if isinstance(work.item, Payment) else _process_other(work)
        except (DomainError, GatewayRejected) as error:
            self._pace.raised(error)
            self._defer(is_processed=True)
            logger().warning("deferred to the next sweep", exc_info=True, extra={"item": work.due.key.pk})
        except Exception:  # noqa: BLE001 (one unreadable item must not keep the others from being processed)
            self._defer(is_processed=True)
            logger().exception("sweep failed on an item", extra={"item": work.due.key.pk})
        else:
            if verdict is None:
                self._defer()
                return
            with self._lock:
                self._report.processed += 1
                self._report.count(verdict)
        back_off(work.due, work.item, self._now)

    def _poll(self, payment: Payment) -> str | None:
        """The verdict; None when Razorpay is called no more. A poll that gets a 429 is repeated after the pause. Raises
        GatewayUnavailable, GatewayRejected, StoreUnavailable."""
        while (turn := self._pace.await_turn()) is not None:
            payments = self._lists.payments_of(payment)
            try:
                verdict = poll_order(payment, payments)
            except GatewayBusy as error:
                self._pace.busy(turn, error.retry_after)
                continue
            if payments is None:
                self._pace.answered()
            else:
                with self._lock:
                    self._report.listed += 1
            return verdict
        return None

    def _defer(self, *, is_processed: bool = False) -> None:
        with self._lock:
            self._report.processed += is_processed
            self._report.deferred += 1


def _process_other(work: DueWork) -> str:
    """The verdict of an item that is no payment. Raises the error of reading the item, and StoreUnavailable."""
    if work.error:
        raise work.error
    return expire_enrollment_without_order(work.item) if isinstance(work.item, Enrollment) else "gone"
