"""Counting a change into the figures, exactly once, and the small writes that keep what is shown beside them."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any, Final, NamedTuple

from pynamodb.expressions.operand import Path

from shared import clock
from shared.db import keys, store
from shared.db.base import Item
from shared.db.entities import (
    CourseFigures,
    InstructorCourse,
    InstructorStudent,
    InstructorTotals,
    PlatformTotals,
    ProjectionMark,
    RevenuePeriod,
)
from shared.db.keys import Key
from shared.db.transaction import Transaction
from shared.errors import StoreUnavailable

_REMEMBERED: Final = timedelta(days=2)
_ROUNDS: Final = 5


class Place(NamedTuple):
    """An item that keeps figures; `identity` are the attributes that say whose they are."""

    kind: type[Item]
    key: Key
    identity: tuple[tuple[str, str], ...] = ()


def of_platform(event_id: str) -> Place:
    """The share of the platform's totals that this event counts into."""
    return Place(PlatformTotals, keys.platform_totals(sum(event_id.encode()) % keys.PLATFORM_SHARDS))


def of_instructor(instructor_id: str) -> Place:
    return Place(InstructorTotals, keys.instructor_totals(instructor_id), (("instructor_id", instructor_id),))


def of_instructor_course(instructor_id: str, course_id: str) -> Place:
    whose = (("instructor_id", instructor_id), ("course_id", course_id))
    return Place(InstructorCourse, keys.instructor_course(instructor_id, course_id), whose)


def of_course(course_id: str) -> Place:
    return Place(CourseFigures, keys.course_figures(course_id))


def of_month(at: datetime) -> Place:
    return Place(RevenuePeriod, keys.revenue_month(at))


def of_day(at: datetime) -> Place:
    return Place(RevenuePeriod, keys.revenue_day(at))


class StudentChange(NamedTuple):
    """A person got access to a course of the instructor (+1), or lost it (-1)."""

    instructor_id: str
    student_id: str
    courses: int


Counts = Mapping[Place, Counter[str]]


class CountOutcome(StrEnum):
    COUNTED = auto()
    COUNTED_BEFORE = auto()
    """This event was delivered again: nothing was changed."""


def count(event_id: str, counts: Counts, student: StudentChange | None) -> CountOutcome:
    """Adds every count, together with the mark that this event is counted. Raises StoreUnavailable."""
    for _ in range(_ROUNDS):
        writing = Transaction()
        expires_at = int((clock.now() + _REMEMBERED).timestamp())
        writing.put("mark", ProjectionMark.under(keys.projected(event_id), expires_at=expires_at))
        all_counts = {place: Counter(amounts) for place, amounts in counts.items()}
        if student:
            all_counts.setdefault(of_instructor(student.instructor_id), Counter())["students"] += _move(
                writing, student
            )
        for place, amounts in all_counts.items():
            _add(writing, place, amounts)
        failed = writing.commit()
        if not failed:
            return CountOutcome.COUNTED
        if "mark" in failed:
            return CountOutcome.COUNTED_BEFORE
    raise StoreUnavailable("the student's courses keep changing")


def _move(writing: Transaction, student: StudentChange) -> int:
    """Adds the person's change to `writing`; by how much the number of distinct people changes."""
    s = InstructorStudent
    key = keys.instructor_student(student.instructor_id, student.student_id)
    read = store.get(s, key)
    before = read.courses if read else 0
    after = before + student.courses
    as_read = s.courses == before if read else s.pk.does_not_exist()
    writing.update("student", key, [s.kind.set(s.KIND), s.courses.set(after)], as_read)
    return (after > 0) - (before > 0)


def _add(writing: Transaction, place: Place, amounts: Counter[str]) -> None:
    moved = {name: amount for name, amount in amounts.items() if amount}
    if not moved:
        return
    actions: list[Any] = [place.kind.kind.set(place.kind.KIND)]
    actions += [Path(name).set(value) for name, value in place.identity]
    actions += [Path(name).add(amount) for name, amount in moved.items()]
    writing.update(f"{place.key.pk} {place.key.sk}", place.key, actions, None)


def name_instructor(instructor_id: str, name: str, since: datetime, named_at: datetime) -> None:
    """Lists the instructor under this name; an older name never replaces a newer one. `since`: when they joined."""
    t = InstructorTotals
    place = keys.active_instructor_listing(since, instructor_id)
    store.update(
        t,
        keys.instructor_totals(instructor_id),
        [
            t.kind.set(t.KIND),
            t.instructor_id.set(instructor_id),
            t.name.set(name),
            t.named_at.set(named_at),
            t.last_activity.set(t.last_activity | since),
            t.gsi1pk.set(place.pk),
            t.gsi1sk.set(t.gsi1sk | place.sk),
        ],
        t.named_at.does_not_exist() | (t.named_at <= named_at),
    )


def note_activity(instructor_id: str, name: str, at: datetime) -> None:
    """The instructor edited a course at that moment. The name is kept only where none is known."""
    t = InstructorTotals
    place = keys.active_instructor_listing(at, instructor_id)
    store.update(
        t,
        keys.instructor_totals(instructor_id),
        [
            t.kind.set(t.KIND),
            t.instructor_id.set(instructor_id),
            t.name.set(t.name | name),
            t.last_activity.set(at),
            t.gsi1pk.set(place.pk),
            t.gsi1sk.set(place.sk),
        ],
        t.last_activity.does_not_exist() | (t.last_activity < at),
    )


def rank(instructor_id: str, course_id: str) -> None:
    """Puts the course where its earnings belong, unless they changed meanwhile: that change ranks it itself.

    Courses that earn in several currencies stand by the largest number."""
    c = InstructorCourse
    key = keys.instructor_course(instructor_id, course_id)
    read = store.get(c, key)
    if read is None or not read.earned:
        return
    place = keys.earner_listing(max(earned.net for earned in read.earned.values()), course_id)
    as_read = c.pk.exists()
    for currency, earned in read.earned.items():
        for name, value in (("gross", earned.gross), ("refunded", earned.refunded)):
            counter = Path(f"{name}_{currency}")
            as_read &= (counter == value) if value else (counter.does_not_exist() | (counter == 0))
    store.update(c, key, [c.gsi1pk.set(place.pk), c.gsi1sk.set(place.sk)], as_read)
