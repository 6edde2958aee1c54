"""The hourly check: examines every learner that changed, or has a breach, and everything that is overdue.

The due index lists them, so a run costs what has changed, not what is stored.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from functions.payments.invariants.examine import GRACE, examine_and_record, unexaminable
from functions.payments.invariants.ledger import Breach, Learner, Ledger
from functions.payments.invariants.rules.readability import check_readable
from functions.payments.invariants.single_items import examine_webhooks
from shared import clock
from shared.db import due_index
from shared.db.due_index import DueItem
from shared.db.entities import CreditNote, Enrollment, Payment, Receipt
from shared.db.payments import examinations
from shared.db.payments.learner_records import Records
from shared.db.table import keys, store
from shared.db.table.keys import Key
from shared.db.table.unreadable_items import READ_ERRORS

MAX_LISTED: Final = 20_000
"""More than one run can examine."""
MAX_OVERDUE: Final = 500
"""If more is overdue, the sweep does not work: all of it would say the same."""
_SECONDS_TO_FINISH: Final = 30
_WEBHOOKS_PER_BATCH: Final = 100
_EXAMINATION_PREFIX: Final = keys.examination("", "").sk
_WEBHOOK_SORT_KEY: Final = keys.webhook("").sk


@dataclass
class ChangedReport:
    """The result of a run. `unexamined`: how many overdue items, listed learners and webhooks it had no time for, and
    `oldest`: since when the one that waits longest is due or listed (UTC)."""

    breaches: list[Breach] = field(default_factory=list)
    learners: int = 0
    webhooks: int = 0
    unexamined: int = 0
    oldest: datetime | None = None

    @property
    def unexamined_hours(self) -> int:
        """Whole hours for which the oldest of them is listed; 0 when everything was examined."""
        return (clock.now() - self.oldest) // timedelta(hours=1) if self.oldest else 0


def examine_changed(seconds_left: Callable[[], float]) -> ChangedReport:
    """Examines what is overdue or listed until fewer than 30 `seconds_left` remain. Raises StoreUnavailable.

    A learner with a breach stays listed before all later changes, and is read three times. So learners are examined in
    the order in which they were listed for half of the time only, and then the latest changes first."""
    run = _Run(seconds_left)
    run.examine_overdue()
    listed = examinations.list_due(clock.now(), MAX_LISTED)
    run.examine_webhooks([due for due in listed if due.key.sk == _WEBHOOK_SORT_KEY])
    run.examine_learners([due for due in listed if due.key.sk.startswith(_EXAMINATION_PREFIX)])
    return run.report


class _Run:
    def __init__(self, seconds_left: Callable[[], float]) -> None:
        self.report = ChangedReport()
        self._seconds_left = seconds_left
        self._examined: set[Learner] = set()

    def examine_overdue(self) -> None:
        """I6: the learners of everything that the sweep should have done an hour ago."""
        before = clock.now() - GRACE
        overdue = [
            *due_index.list_due(before, MAX_OVERDUE),
            *due_index.list_due_receipts(before, MAX_OVERDUE),
        ]
        records = Records()
        items = {Key(item.pk, item.sk): item for item in records.add(store.get_many_raw([due.key for due in overdue]))}
        self.report.breaches += check_readable(Ledger(clock.now(), unreadable=records.unreadable))
        for position, due in enumerate(overdue):
            if self._seconds_left() < _SECONDS_TO_FINISH:
                self._leave(overdue[position:])
                return
            item = items.get(due.key)
            if isinstance(item, Payment | Receipt | CreditNote):
                self._examine(Learner(item.user_id, item.course_id), item.order_id)
            elif isinstance(item, Enrollment):
                self._examine(Learner(item.user_id, item.course_id))

    def examine_webhooks(self, due: list[DueItem]) -> None:
        for start in range(0, len(due), _WEBHOOKS_PER_BATCH):
            if self._seconds_left() < _SECONDS_TO_FINISH:
                self._leave(due[start:])
                return
            batch = due[start : start + _WEBHOOKS_PER_BATCH]
            self.report.breaches += examine_webhooks([each.key for each in batch])
            self.report.webhooks += len(batch)

    def examine_learners(self, due: list[DueItem]) -> None:
        """`due`: the learners that are listed, the oldest first."""
        seconds = self._seconds_left() - _SECONDS_TO_FINISH
        rest = self._examine_until(due, _SECONDS_TO_FINISH + seconds / 2)
        self._leave(self._examine_until(rest[::-1], _SECONDS_TO_FINISH))

    def _examine_until(self, due: list[DueItem], seconds: float) -> list[DueItem]:
        """Examines them while `seconds` remain. Returns the others."""
        for position, each in enumerate(due):
            if self._seconds_left() < seconds:
                return due[position:]
            self._examine(_learner_of(each))
        return []

    def _examine(self, learner: Learner, *order_ids: str) -> None:
        if learner in self._examined:
            return
        self._examined.add(learner)
        self.report.learners += 1
        try:
            self.report.breaches += examine_and_record(learner, order_ids).breaches
        except READ_ERRORS as error:
            self.report.breaches.append(unexaminable(learner, error))

    def _leave(self, due: Iterable[DueItem]) -> None:
        times = [each.due_at for each in due]
        self.report.unexamined += len(times)
        self.report.oldest = min([*times, *([self.report.oldest] if self.report.oldest else [])], default=None)


def _learner_of(due: DueItem) -> Learner:
    return Learner(due.key.pk.removeprefix("USER#"), due.key.sk.removeprefix(_EXAMINATION_PREFIX))
