"""The nightly pass over the whole table, in slices: examines every learner that was not examined in its current state.

It finds what no report of a change named: a lost record of the stream, or a history with too few or too many entries. A
scan reads the items of a learner, or of an order, together with what was examined of them; only if the versions differ,
or the number of entries, is the learner read. Another edit by hand that changes no version, also of a receipt, is found
by the next examination of the learner: after MAX_MARK_AGE at the latest. A slice that dies is repeated from the last
stored position.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from functions.payments.invariants import coupon_totals, single_items
from functions.payments.invariants.examine import examine_and_record, unexaminable
from functions.payments.invariants.ledger import Learner, Ledger, learner_of
from functions.payments.invariants.partitions import Partition, PartitionReader
from functions.payments.invariants.pass_counts import PassCounts
from functions.payments.invariants.rules.readability import check_readable
from functions.payments.invariants.stored_series import stored_series
from shared import clock, ids
from shared.db import table_scan
from shared.db.entities import (
    Certificate,
    Coupon,
    CreditNote,
    Enrollment,
    LearnerExamination,
    Payment,
    PaymentExamination,
    Receipt,
)
from shared.db.payments import examination_pass, examinations
from shared.db.payments.examination_pass import PassState
from shared.db.payments.examinations import is_examined
from shared.db.table.unreadable_items import READ_ERRORS

START_HOUR_UTC: Final = 20
"""A new pass begins each day at this hour: 01:30 in India."""
MAX_MARK_AGE: Final = timedelta(days=60)
"""A learner is examined again after this time, although nothing has changed."""

_SECONDS_BETWEEN_SAVES: Final = 20
_SECONDS_TO_FINISH: Final = 30
"""The time that the last page of a slice may take."""
_MAX_REMEMBERED: Final = 5_000


class PassOvertaken(Exception):
    """Another process continues the pass: nothing was stored."""


def run_slice(seconds_left: Callable[[], float]) -> PassState:
    """Continues the pass until fewer than 30 `seconds_left` remain, or begins one. Returns its state.

    A pass begins to read in the next slice: the scan lags by seconds, so it then sees every receipt number that was
    assigned before the pass began. Raises PassOvertaken, StoreUnavailable."""
    state = examination_pass.current()
    if state is None or (state.completed_at and state.began_at < _latest_start(clock.now())):
        return begin(state)
    if state.completed_at:
        return state
    return _Slice(state, seconds_left).run()


def begin(before: PassState | None) -> PassState:
    """Stores a new pass, after `before`. Raises PassOvertaken, StoreUnavailable."""
    counts = PassCounts.starting(stored_series())
    revision, result = (before.revision + 1, before.result) if before else (1, {})
    state = PassState(ids.ulid(), revision, clock.now(), counts.as_json(), result=result)
    if not examination_pass.save(state, before):
        raise PassOvertaken
    return state


def _latest_start(now: datetime) -> datetime:
    start = now.replace(hour=START_HOUR_UTC, minute=0, second=0, microsecond=0)
    return start if start <= now else start - timedelta(days=1)


class _Slice:
    """One slice of a pass: `state` as it is stored, `counts` as they are now."""

    def __init__(self, state: PassState, seconds_left: Callable[[], float]) -> None:
        self.state = state
        self.counts = PassCounts.from_json(state.progress)
        self._seconds_left = seconds_left
        self._reader = PartitionReader()
        self._examined: set[Learner] = set()

    def run(self) -> PassState:
        position, saved_at = self.state.position, time.monotonic()
        while self._seconds_left() > _SECONDS_TO_FINISH:
            page = table_scan.scan_ledger(position, consistent=False)
            self.counts.items += page.read
            self._examine(self._reader.take(page.items))
            position = page.next_key
            if position is None:
                return self._complete()
            if time.monotonic() - saved_at > _SECONDS_BETWEEN_SAVES:
                self._save(replace(self.state, position=position))
                saved_at = time.monotonic()
        if position != self.state.position:
            self._save(replace(self.state, position=position))
        return self.state

    def _complete(self) -> PassState:
        self._examine(self._reader.rest())
        self.counts.add_breaches(self.counts.numbers.find_breaches())
        result = self.counts.as_result(self.state.began_at)
        self._save(replace(self.state, position=None, completed_at=clock.now(), result=result))
        return self.state

    def _save(self, state: PassState) -> None:
        """The stored position is after the partition that was read last, so that is examined first."""
        self._examine(self._reader.rest())
        state = replace(state, revision=self.state.revision + 1, progress=self.counts.as_json())
        if not examination_pass.save(state, self.state):
            raise PassOvertaken
        self.state = state

    def _examine(self, partitions: Iterable[Partition]) -> None:
        certificates: list[Certificate] = []
        for partition in partitions:
            self._examine_enrollments(partition)
            self._examine_payments(partition)
            self._count_numbers(partition)
            certificates += partition.items_of(Certificate)
            codes = [coupon.code for coupon in partition.items_of(Coupon)]
            self.counts.add_breaches(coupon_totals.find_wrong_totals(codes))
            self.counts.add_breaches(check_readable(Ledger(clock.now(), unreadable=partition.unreadable)))
        self.counts.add_breaches(single_items.find_stray_certificates(certificates))

    def _examine_enrollments(self, partition: Partition) -> None:
        marks = {mark.course_id: mark for mark in partition.items_of(LearnerExamination)}
        for enrollment in partition.items_of(Enrollment):
            if not self._is_examined(partition, enrollment, marks.get(enrollment.course_id)):
                self._examine_learner(learner_of(enrollment))

    def _examine_payments(self, partition: Partition) -> None:
        mark = next(iter(partition.items_of(PaymentExamination)), None)
        for payment in partition.items_of(Payment):
            self.counts.payments += 1
            if not self._is_examined(partition, payment, mark):
                self._examine_learner(learner_of(payment), payment.order_id)

    def _is_examined(
        self,
        partition: Partition,
        item: Payment | Enrollment,
        mark: PaymentExamination | LearnerExamination | None,
    ) -> bool:
        """Also false for a partition that a slice cut in two: then the learner is examined once more than needed."""
        return is_examined(mark, item.version, clock.now() - MAX_MARK_AGE) and partition.has_every_step(item)

    def _examine_learner(self, learner: Learner, *order_ids: str) -> None:
        """Examines the learner, unless this slice has just done so. A breach keeps the learner listed, so that the
        hourly check reports it."""
        if learner in self._examined:
            return
        if len(self._examined) >= _MAX_REMEMBERED:
            self._examined.clear()
        self._examined.add(learner)
        self.counts.learners += 1
        try:
            self.counts.learners_with_breaches += bool(examine_and_record(learner, order_ids).breaches)
        except READ_ERRORS as error:
            unexaminable(learner, error)
            examinations.report_change(*learner, clock.now())
            self.counts.learners_with_breaches += 1

    def _count_numbers(self, partition: Partition) -> None:
        documents: list[Receipt | CreditNote] = [*partition.items_of(Receipt), *partition.items_of(CreditNote)]
        for document in documents:
            breach = self.counts.numbers.add(document.number) if document.number else None
            if breach:
                self.counts.add_breaches([breach])
