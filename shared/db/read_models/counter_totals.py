"""The counter amounts of one transaction, summed per item: DynamoDB allows one operation per item."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from shared.db.entities import InstructorStudent, LessonCompletionCounters, RebuiltCounters
from shared.db.read_models import rebuild_run
from shared.db.read_models.counter_items import Contribution, CounterItem, instructor_counters, instructor_id_of
from shared.db.table import keys
from shared.db.table.transaction import Transaction


class _Target(NamedTuple):
    """An item that holds counters: the displayed ones, or those that a rebuild computes in `run`."""

    item: CounterItem
    run: str | None

    @property
    def key(self) -> keys.Key:
        return keys.rebuilt_counters(self.run, self.item.key)

    @property
    def label(self) -> str:
        return f"{self.key.pk} {self.key.sk}"


class CounterTotals:
    """Amounts to add to counters."""

    def __init__(self) -> None:
        self._amounts: defaultdict[_Target, Counter[str]] = defaultdict(Counter)

    def add(self, contribution: Contribution, run: str | None = None) -> None:
        """Adds the amounts to the displayed counters, or to the rebuilt counters of `run`."""
        for item, amounts in contribution.items():
            self._amounts[_Target(item, run)].update(amounts)

    def write(self, transaction: Transaction) -> None:
        """Adds one update per item to `transaction`: an increment, or for a student's counter a conditional SET, for
        which it reads these counters with one BatchGetItem. Raises StoreUnavailable."""
        students = [target for target in self._amounts if target.item.kind is InstructorStudent]
        self._write_students(transaction, students)
        for target, amounts in self._amounts.items():
            if target.item.kind is not InstructorStudent:
                _increment(transaction, target, amounts)

    def _write_students(self, transaction: Transaction, students: Iterable[_Target]) -> None:
        """Sets the number of courses of each student, because the number of distinct students follows from the values
        before and after."""
        changed = [target for target in students if self._amounts[target]["courses"]]
        if not changed:
            return
        stored = rebuild_run.student_course_counts([target.key for target in changed])
        for target in changed:
            before = stored.get(target.key)
            after = (before or 0) + self._amounts[target]["courses"]
            _set_student_courses(transaction, target, before, after)
            instructor = _Target(instructor_counters(instructor_id_of(target.item.key)), target.run)
            self._amounts[instructor]["students"] += (after > 0) - ((before or 0) > 0)


def _set_student_courses(transaction: Transaction, target: _Target, before: int | None, after: int) -> None:
    unchanged: Condition = InstructorStudent.pk.does_not_exist()
    if before is not None:
        unchanged = InstructorStudent.courses == before
    actions = [*_identity_actions(target), InstructorStudent.courses.set(after)]
    transaction.update(target.label, target.key, actions, unchanged)


def _increment(transaction: Transaction, target: _Target, amounts: Mapping[str, int]) -> None:
    increments = [Path(name).add(amount) for name, amount in amounts.items() if amount]
    if not increments:
        return
    actions = _identity_actions(target) + increments
    if target.item.kind is LessonCompletionCounters and target.run is None:
        actions.append(LessonCompletionCounters.revision.add(1))
    transaction.update(target.label, target.key, actions, None)


def _identity_actions(target: _Target) -> list[Any]:
    """The actions that store the kind and the owner of the counters."""
    kind = target.item.kind
    actions: list[Any] = [kind.kind.set(kind.KIND)]
    if target.run is not None:
        actions = [RebuiltCounters.kind.set(RebuiltCounters.KIND), RebuiltCounters.of.set(kind.KIND)]
    return actions + [Path(name).set(value) for name, value in target.item.identity]
