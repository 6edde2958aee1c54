"""The small writes that keep what is shown beside the figures: names, activity, ranks, how much is studied."""

from datetime import datetime
from typing import Any, Final

from pynamodb.expressions.operand import Path

from shared.db.entities import (
    Course,
    InstructorCourse,
    InstructorRanking,
    InstructorTotals,
    LessonCompletionCounters,
    Outline,
)
from shared.db.table import keys, store
from shared.db.table.keys import Key
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable

_MAX_ATTEMPTS: Final = 5


def set_instructor_name(
    instructor_id: str, name: str, since: datetime, named_at: datetime, *, is_instructor: bool
) -> None:
    """Lists the instructor under this name; an older name never replaces a newer one. `since`: when they joined. Who
    does not teach is named only if they are listed already."""
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
        (t.named_at.does_not_exist() | (t.named_at <= named_at)) if is_instructor else t.named_at <= named_at,
    )


def record_activity(instructor_id: str, name: str, at: datetime) -> None:
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


def update_rankings(instructor_id: str, course_id: str) -> None:
    """Puts course and instructor where their earnings belong, unless these changed meanwhile: that change ranks them
    itself. Who earns in several currencies stands by the largest number."""
    _rank_course(instructor_id, course_id)
    _rank_instructor(instructor_id)


def _rank_course(instructor_id: str, course_id: str) -> None:
    c = InstructorCourse
    key = keys.instructor_course(instructor_id, course_id)
    read = store.get(c, key)
    if read is None or not read.revenue:
        return
    place = keys.course_revenue_listing(max(earned.net for earned in read.revenue.values()), course_id)
    store.update(c, key, [c.gsi1pk.set(place.pk), c.gsi1sk.set(place.sk)], _revenue_unchanged(read))


def _rank_instructor(instructor_id: str) -> None:
    s = InstructorRanking
    totals = store.get(InstructorTotals, keys.instructor_totals(instructor_id))
    if totals is None or not totals.revenue:
        return
    place = keys.instructor_revenue_listing(max(earned.net for earned in totals.revenue.values()), instructor_id)
    writing = Transaction()
    writing.check("totals", Key(totals.pk, totals.sk), _revenue_unchanged(totals))
    facts = [s.kind.set(s.KIND), s.instructor_id.set(instructor_id), s.gsi1pk.set(place.pk), s.gsi1sk.set(place.sk)]
    writing.update("standing", keys.instructor_ranking(instructor_id), facts, None)
    writing.commit()


def _revenue_unchanged(read: InstructorCourse | InstructorTotals) -> Any:
    """The condition that the earnings are still those."""
    condition = type(read).pk.exists()
    for currency, earned in read.revenue.items():
        for name, value in (("gross", earned.gross), ("refunded", earned.refunded)):
            counter = Path(f"{name}_{currency}")
            condition &= (counter == value) if value else (counter.does_not_exist() | (counter == 0))
    return condition


def update_completion(course_id: str) -> None:
    """Writes beside the course's figures how many lessons, of those it has now, its learners have done together. An
    older outline or tally never replaces a newer one: then both are read again. Raises StoreUnavailable."""
    c = InstructorCourse
    outline_key, tally_key, course_key = (
        keys.outline(course_id),
        keys.lesson_completion_counters(course_id),
        keys.course(course_id),
    )
    for _ in range(_MAX_ATTEMPTS):
        found = store.get_many([outline_key, tally_key, course_key])
        outline, course = store.cast_to(Outline, found.get(outline_key)), store.cast_to(Course, found.get(course_key))
        if outline is None or course is None:
            return
        tally = store.cast_to(LessonCompletionCounters, found.get(tally_key))
        revision, done = (tally.revision, tally.done) if tally else (0, {})
        lessons = outline.lesson_ids()
        written = store.update(
            c,
            keys.instructor_course(course.instructor_id, course_id),
            [
                c.lessons_done.set(sum(done.get(lesson, 0) for lesson in lessons)),
                c.lesson_count.set(len(lessons)),
                c.studied_outline.set(outline.version),
                c.studied_tally.set(revision),
            ],
            c.pk.exists()
            & (c.studied_outline.does_not_exist() | (c.studied_outline <= outline.version))
            & (c.studied_tally.does_not_exist() | (c.studied_tally <= revision)),
        )
        if written.succeeded or written.item is None:
            return
    raise StoreUnavailable("what is studied in the course keeps changing")
