"""Counting what is there into the figures, exactly once.

Every item that counts (a user, an enrollment, a payment …) has a mark that holds what was counted of it. Counting reads
the mark, then the item, and writes the difference and the new mark in one transaction, under the condition that the
mark is still the one that was read. So an event that comes again, late, in another order, or never, leaves figures
that are the sum of all marks; and each mark agrees with its item once the last event of the item has been seen.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from pynamodb.expressions.operand import Path

from shared import clock
from shared.db.entities import CounterCheckpoint, InstructorStudent, LessonCompletionCounters, RebuiltCounters
from shared.db.read_models import rebuild_run
from shared.db.read_models.counter_items import Contribution, CounterItem, instructor_counters, instructor_id_of
from shared.db.read_models.rebuild_run import RebuildState
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable

_MAX_ATTEMPTS: Final = 8
_MAX_OPERATIONS: Final = 90
"""Of the hundred a transaction holds."""
_CHECKPOINT_LIFETIME: Final = timedelta(days=2)
"""How long the mark of something deleted is kept: twice as long as the stream keeps its records."""

_Totals = defaultdict[str | None, defaultdict[CounterItem, Counter[str]]]
"""Run (None: the figures that are shown) > place > counter > amount."""


class CounterSource(NamedTuple):
    """Something that counts. `present` says as what it counts now: of the items under `needs`, read after the mark."""

    kind: str
    key: Key
    required_keys: tuple[Key, ...]
    contribution: Callable[[Mapping[Key, Item]], Contribution]


class _Change(NamedTuple):
    source: CounterSource
    checkpoint: CounterCheckpoint | None
    contribution: Contribution
    delta: Contribution
    run: str | None
    joins_run: bool

    @property
    def operations(self) -> int:
        """At most so many of a transaction."""
        return 1 + 2 * len(self.delta) + (2 * len(self.contribution) + 2 * len(self.delta) if self.run else 0)


def update_counters(
    sources: Sequence[CounterSource], run: RebuildState | None = None, *, join_run: bool = False
) -> None:
    """Makes the figures agree with every source, in as few transactions as it takes. Raises StoreUnavailable; what was
    written before that stays counted, once. A source that is given several times is counted once: a transaction must
    not hold two operations on one item.

    `run` is the rebuild that goes on. With `joining` every source is made part of it; one that is already, and has not
    changed, is not written. Without, each mark is written even if nothing has changed: whoever read an older state of
    the item a moment ago must not write it now."""
    waiting = list({source.key: source for source in sources}.values())
    for _ in range(_MAX_ATTEMPTS):
        waiting = [
            source for chunk in _batches(_pending_changes(waiting, run, join_run)) for source in _write_batch(chunk)
        ]
        if not waiting:
            return
    raise StoreUnavailable("what is counted keeps changing")


def _pending_changes(sources: list[CounterSource], run: RebuildState | None, joining: bool) -> Iterator[_Change]:
    marks = store.get_many([keys.counter_checkpoint(source.key) for source in sources])
    found = store.get_many([key for source in sources for key in source.required_keys])
    for source in sources:
        mark = store.cast_to(CounterCheckpoint, marks.get(keys.counter_checkpoint(source.key)))
        now = {place: +amounts for place, amounts in source.contribution(found).items() if +amounts}
        moved = _difference(_recorded_contribution(mark), now)
        part_of = rebuild_run.active_run_id(mark.run, run) if mark else None
        joins = (
            part_of is None and run is not None and run.is_counting and bool((joining and mark) or (now and not mark))
        )
        if joins or moved or not joining:
            yield _Change(source, mark, now, moved, run.id if joins and run else part_of, joins)


def _recorded_contribution(mark: CounterCheckpoint | None) -> Contribution:
    return {
        CounterItem.parse(place): Counter(amounts)
        for place, amounts in _recorded_amounts(mark).items()
        if CounterItem.is_known(place)
    }


def _unknown_contribution(mark: CounterCheckpoint | None) -> dict[str, dict[str, int]]:
    """What was counted into figures of a kind that this version does not know: it stays counted, and in the mark."""
    return {place: amounts for place, amounts in _recorded_amounts(mark).items() if not CounterItem.is_known(place)}


def _recorded_amounts(mark: CounterCheckpoint | None) -> dict[str, dict[str, int]]:
    return dict(json.loads(mark.counted)) if mark else {}


def _difference(before: Contribution, after: Contribution) -> Contribution:
    """Places keep the identity they have in `after`: a mark does not remember it."""
    moved: defaultdict[CounterItem, Counter[str]] = defaultdict(Counter)
    for place, amounts in after.items():
        moved[place].update(amounts)
    for place, amounts in before.items():
        moved[place].subtract(amounts)
    return {place: amounts for place, amounts in moved.items() if any(amounts.values())}


def _batches(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """As many as surely fit into one transaction."""
    chunk: list[_Change] = []
    operations = 0
    for change in changes:
        if chunk and operations + change.operations > _MAX_OPERATIONS:
            yield chunk
            chunk, operations = [], 0
        chunk.append(change)
        operations += change.operations
    if chunk:
        yield chunk


def _write_batch(chunk: list[_Change]) -> list[CounterSource]:
    """The sources to read again, because one of them, or what they count into, changed meanwhile."""
    writing = Transaction()
    totals: _Totals = defaultdict(lambda: defaultdict(Counter))
    for number, change in enumerate(chunk):
        _put_checkpoint(writing, f"mark{number}", change)
        _accumulate(totals, None, change.delta)
        if change.run:
            _accumulate(totals, change.run, change.contribution if change.joins_run else change.delta)
    _update_student_counts(writing, totals)
    for run, counts in totals.items():
        for place, amounts in counts.items():
            _increment(writing, run, place, amounts)
    return [change.source for change in chunk] if writing.commit() else []


def _put_checkpoint(writing: Transaction, label: str, change: _Change) -> None:
    m = CounterCheckpoint
    told = _unknown_contribution(change.checkpoint) | {
        str(place): dict(amounts) for place, amounts in change.contribution.items()
    }
    mark = m.build(
        keys.counter_checkpoint(change.source.key),
        source=change.source.kind,
        revision=change.checkpoint.revision + 1 if change.checkpoint else 1,
        counted=json.dumps(told),
        run=change.run,
    )
    if not told:
        mark.expires_at = int((clock.now() + _CHECKPOINT_LIFETIME).timestamp())
    writing.put(label, mark, m.revision == change.checkpoint.revision if change.checkpoint else m.pk.does_not_exist())


def _accumulate(totals: _Totals, run: str | None, counts: Contribution) -> None:
    for place, amounts in counts.items():
        totals[run][place].update(amounts)


def _update_student_counts(writing: Transaction, totals: _Totals) -> None:
    """Takes the people out of `totals`: adds to the courses each has of an instructor, and to the instructor's distinct
    people by what that changes."""
    people = [(run, place) for run, counts in totals.items() for place in counts if place.kind is InstructorStudent]
    before = (
        rebuild_run.student_course_counts([keys.rebuilt_counters(run, place.key) for run, place in people])
        if people
        else {}
    )
    s = InstructorStudent
    for run, place in people:
        courses = totals[run].pop(place)["courses"]
        if not courses:
            continue
        key = keys.rebuilt_counters(run, place.key)
        had = before.get(key)
        has = (had or 0) + courses
        as_read = s.courses == had if had is not None else s.pk.does_not_exist()
        writing.update(f"{key.pk} {key.sk}", key, [*_identity_actions(place, run), s.courses.set(has)], as_read)
        totals[run][instructor_counters(instructor_id_of(place.key))]["students"] += (has > 0) - ((had or 0) > 0)


def _increment(writing: Transaction, run: str | None, place: CounterItem, amounts: Mapping[str, int]) -> None:
    moved = {name: amount for name, amount in amounts.items() if amount}
    if not moved:
        return
    key = keys.rebuilt_counters(run, place.key)
    actions = _identity_actions(place, run) + [Path(name).add(amount) for name, amount in moved.items()]
    if place.kind is LessonCompletionCounters and run is None:
        actions.append(LessonCompletionCounters.revision.add(1))
    writing.update(f"{key.pk} {key.sk}", key, actions, None)


def _identity_actions(place: CounterItem, run: str | None) -> list[Any]:
    """What kind it is, and whose."""
    kind = [place.kind.kind.set(place.kind.KIND)]
    if run is not None:
        kind = [RebuiltCounters.kind.set(RebuiltCounters.KIND), RebuiltCounters.of.set(place.kind.KIND)]
    return kind + [Path(name).set(value) for name, value in place.identity]
