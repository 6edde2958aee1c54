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
from shared.db import keys, runs, store
from shared.db.base import Item
from shared.db.entities import CourseTally, InstructorStudent, MadeAnew, ProjectionMark
from shared.db.figures import Counts, Place, instructor_of, of_instructor
from shared.db.keys import Key
from shared.db.runs import Run
from shared.db.transaction import Transaction
from shared.errors import StoreUnavailable

_ROUNDS: Final = 8
_OPERATIONS: Final = 90
"""Of the hundred a transaction holds."""
_GONE_FOR: Final = timedelta(days=2)
"""How long the mark of something deleted is kept: twice as long as the stream keeps its records."""

_Totals = defaultdict[str | None, defaultdict[Place, Counter[str]]]
"""Run (None: the figures that are shown) > place > counter > amount."""


class Source(NamedTuple):
    """Something that counts. `present` says as what it counts now: of the items under `needs`, read after the mark."""

    kind: str
    key: Key
    needs: tuple[Key, ...]
    present: Callable[[Mapping[Key, Item]], Counts]


class _Change(NamedTuple):
    source: Source
    mark: ProjectionMark | None
    now: Counts
    moved: Counts
    run: str | None
    joins: bool

    @property
    def operations(self) -> int:
        """At most so many of a transaction."""
        return 1 + 2 * len(self.moved) + (2 * len(self.now) + 2 * len(self.moved) if self.run else 0)


def count(sources: Sequence[Source], run: Run | None = None, *, joining: bool = False) -> None:
    """Makes the figures agree with every source, in as few transactions as it takes. Raises StoreUnavailable; what was
    written before that stays counted, once. A source that is given several times is counted once: a transaction must
    not hold two operations on one item.

    `run` is the rebuild that goes on. With `joining` every source is made part of it; one that is already, and has not
    changed, is not written. Without, each mark is written even if nothing has changed: whoever read an older state of
    the item a moment ago must not write it now."""
    waiting = list({source.key: source for source in sources}.values())
    for _ in range(_ROUNDS):
        waiting = [source for chunk in _chunks(_read(waiting, run, joining)) for source in _write(chunk)]
        if not waiting:
            return
    raise StoreUnavailable("what is counted keeps changing")


def _read(sources: list[Source], run: Run | None, joining: bool) -> Iterator[_Change]:
    marks = store.get_many([keys.counted(source.key) for source in sources])
    found = store.get_many([key for source in sources for key in source.needs])
    for source in sources:
        mark = store.as_kind(ProjectionMark, marks.get(keys.counted(source.key)))
        now = {place: +amounts for place, amounts in source.present(found).items() if +amounts}
        moved = _difference(_counted(mark), now)
        part_of = runs.still_going(mark.run, run) if mark else None
        joins = part_of is None and run is not None and run.going and bool((joining and mark) or (now and not mark))
        if joins or moved or not joining:
            yield _Change(source, mark, now, moved, run.id if joins and run else part_of, joins)


def _counted(mark: ProjectionMark | None) -> Counts:
    return {Place.named(place): Counter(amounts) for place, amounts in _told(mark).items() if Place.known(place)}


def _of_newer_code(mark: ProjectionMark | None) -> dict[str, dict[str, int]]:
    """What was counted into figures of a kind that this version does not know: it stays counted, and in the mark."""
    return {place: amounts for place, amounts in _told(mark).items() if not Place.known(place)}


def _told(mark: ProjectionMark | None) -> dict[str, dict[str, int]]:
    return dict(json.loads(mark.counted)) if mark else {}


def _difference(before: Counts, after: Counts) -> Counts:
    """Places keep the identity they have in `after`: a mark does not remember it."""
    moved: defaultdict[Place, Counter[str]] = defaultdict(Counter)
    for place, amounts in after.items():
        moved[place].update(amounts)
    for place, amounts in before.items():
        moved[place].subtract(amounts)
    return {place: amounts for place, amounts in moved.items() if any(amounts.values())}


def _chunks(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """As many as surely fit into one transaction."""
    chunk: list[_Change] = []
    operations = 0
    for change in changes:
        if chunk and operations + change.operations > _OPERATIONS:
            yield chunk
            chunk, operations = [], 0
        chunk.append(change)
        operations += change.operations
    if chunk:
        yield chunk


def _write(chunk: list[_Change]) -> list[Source]:
    """The sources to read again, because one of them, or what they count into, changed meanwhile."""
    writing = Transaction()
    totals: _Totals = defaultdict(lambda: defaultdict(Counter))
    for number, change in enumerate(chunk):
        _put_mark(writing, f"mark{number}", change)
        _add_up(totals, None, change.moved)
        if change.run:
            _add_up(totals, change.run, change.now if change.joins else change.moved)
    _move_people(writing, totals)
    for run, counts in totals.items():
        for place, amounts in counts.items():
            _add(writing, run, place, amounts)
    return [change.source for change in chunk] if writing.commit() else []


def _put_mark(writing: Transaction, label: str, change: _Change) -> None:
    m = ProjectionMark
    told = _of_newer_code(change.mark) | {str(place): dict(amounts) for place, amounts in change.now.items()}
    mark = m.under(
        keys.counted(change.source.key),
        source=change.source.kind,
        revision=change.mark.revision + 1 if change.mark else 1,
        counted=json.dumps(told),
        run=change.run,
    )
    if not told:
        mark.expires_at = int((clock.now() + _GONE_FOR).timestamp())
    writing.put(label, mark, m.revision == change.mark.revision if change.mark else m.pk.does_not_exist())


def _add_up(totals: _Totals, run: str | None, counts: Counts) -> None:
    for place, amounts in counts.items():
        totals[run][place].update(amounts)


def _move_people(writing: Transaction, totals: _Totals) -> None:
    """Takes the people out of `totals`: adds to the courses each has of an instructor, and to the instructor's distinct
    people by what that changes."""
    people = [(run, place) for run, counts in totals.items() for place in counts if place.kind is InstructorStudent]
    before = runs.courses_of([keys.made_anew(run, place.key) for run, place in people]) if people else {}
    s = InstructorStudent
    for run, place in people:
        courses = totals[run].pop(place)["courses"]
        if not courses:
            continue
        key = keys.made_anew(run, place.key)
        had = before.get(key)
        has = (had or 0) + courses
        as_read = s.courses == had if had is not None else s.pk.does_not_exist()
        writing.update(f"{key.pk} {key.sk}", key, [*_labelled(place, run), s.courses.set(has)], as_read)
        totals[run][of_instructor(instructor_of(place.key))]["students"] += (has > 0) - ((had or 0) > 0)


def _add(writing: Transaction, run: str | None, place: Place, amounts: Mapping[str, int]) -> None:
    moved = {name: amount for name, amount in amounts.items() if amount}
    if not moved:
        return
    key = keys.made_anew(run, place.key)
    actions = _labelled(place, run) + [Path(name).add(amount) for name, amount in moved.items()]
    if place.kind is CourseTally and run is None:
        actions.append(CourseTally.revision.add(1))
    writing.update(f"{key.pk} {key.sk}", key, actions, None)


def _labelled(place: Place, run: str | None) -> list[Any]:
    """What kind it is, and whose."""
    kind = [place.kind.kind.set(place.kind.KIND)]
    if run is not None:
        kind = [MadeAnew.kind.set(MadeAnew.KIND), MadeAnew.of.set(place.kind.KIND)]
    return kind + [Path(name).set(value) for name, value in place.identity]
