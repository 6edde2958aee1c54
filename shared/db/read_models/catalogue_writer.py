"""Where a course is listed: rebuilt from the course as it is now, whatever change asked for it.

Rebuilding twice, late or at the same time as another does no harm: each rebuild claims the next revision of the
course's manifest, every write is made under the condition that no newer one was claimed, and only who read the course
after one claim can make the next.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto
from typing import Any, Final

from pynamodb.expressions.condition import Condition

from shared import clock
from shared.db.entities import CardManifest, Course, CourseCounters, InstructorCourse, Outline
from shared.db.read_models.catalogue_cards import build_derived_items
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.transaction import Transaction
from shared.domain.ratings import NO_RATING, DisplayedRating, displayed_rating
from shared.errors import StoreUnavailable

_MAX_ATTEMPTS: Final = 5
_MAX_WRITES: Final = 98
"""A transaction holds a hundred operations; one is the manifest's."""
_MANIFEST_LIFETIME: Final = timedelta(days=2)
_NULLABLE: Final = ("moderation_reason", "published_at")


class RefreshOutcome(StrEnum):
    UNCHANGED = auto()
    WRITTEN = auto()
    SUPERSEDED = auto()
    """A newer rebuild took over, from a newer state."""


@dataclass(frozen=True)
class _CourseState:
    """A course with all that its lists depend on, read consistently."""

    course_id: str
    course: Course | None
    lessons: int
    learners: int
    rating: DisplayedRating
    manifest: CardManifest | None


def refresh_course(course_id: str, *, force: bool = False) -> RefreshOutcome:
    """Makes every list agree with the course as it is now; with `anew` also if they are thought to do. Raises
    StoreUnavailable."""
    for _ in range(_MAX_ATTEMPTS):
        seen = _read_course_state(course_id)
        items = build_derived_items(seen.course, seen.lessons, seen.learners, seen.rating) if seen.course else []
        wanted = {Key(item.pk, item.sk): item for item in items}
        digest = _digest(wanted)
        found = seen.manifest
        unchanged = found is not None and found.complete and found.digest == digest and not force
        if unchanged or (found is None and seen.course is None):
            return RefreshOutcome.UNCHANGED
        outcome = _write(seen, wanted, digest)
        if outcome is not None:
            return outcome
    raise StoreUnavailable("the course's lists keep changing")


def _read_course_state(course_id: str) -> _CourseState:
    """The manifest first: what is read after it is at least as new, so an old state cannot claim a new revision."""
    manifest = store.get(CardManifest, keys.card_manifest(course_id))
    wanted = (keys.course(course_id), keys.outline(course_id), keys.course_counters(course_id))
    found = store.get_many(wanted)
    course, outline, figures = (found.get(key) for key in wanted)
    before = DisplayedRating(manifest.rating, manifest.rating_count) if manifest else NO_RATING
    return _CourseState(
        course_id,
        store.cast_to(Course, course),
        outline.lesson_count if isinstance(outline, Outline) else 0,
        figures.enrollment_count if isinstance(figures, CourseCounters) else 0,
        displayed_rating(figures.ratings, before) if isinstance(figures, CourseCounters) else NO_RATING,
        manifest,
    )


def _digest(wanted: dict[Key, Item]) -> str:
    told = sorted((key, sorted(item.serialize().items())) for key, item in wanted.items())
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _write(seen: _CourseState, wanted: dict[Key, Item], digest: str) -> RefreshOutcome | None:
    """In as many transactions as it takes, usually one. None: the first was refused, nothing was written."""
    listed_at = [_parse_key(place) for place in seen.manifest.places] if seen.manifest else []
    gone = [key for key in listed_at if key not in wanted]
    work: list[Item | Key] = [*wanted.values(), *gone]
    revision = (seen.manifest.revision if seen.manifest else 0) + 1
    for done in range(0, max(len(work), 1), _MAX_WRITES):
        last = done + _MAX_WRITES >= len(work)
        writing = Transaction()
        _claim_revision(
            writing, seen, revision, digest, list(wanted) if last else [*wanted, *gone], first=not done, last=last
        )
        for number, piece in enumerate(work[done : done + _MAX_WRITES]):
            _add_write(writing, str(number), piece)
        if writing.commit():
            return RefreshOutcome.SUPERSEDED if done else None
    return RefreshOutcome.WRITTEN


def _claim_revision(
    writing: Transaction, seen: _CourseState, revision: int, digest: str, places: list[Key], *, first: bool, last: bool
) -> None:
    """Claims the revision, or holds on to it. A deleted course's manifest goes by itself, after any late rebuild."""
    m = CardManifest
    before = seen.manifest.revision if seen.manifest else None
    held: Condition = m.revision == (before if first else revision)
    if first and before is None:
        held = m.pk.does_not_exist()
    actions: list[Any] = [
        m.kind.set(m.KIND),
        m.revision.set(revision),
        m.complete.set(last),
        m.digest.set(digest),
        m.rating_count.set(seen.rating.number),
        m.rating.remove() if seen.rating.hundredths is None else m.rating.set(seen.rating.hundredths),
        m.places.set([f"{key.pk} {key.sk}" for key in places]),
    ]
    if seen.course is None:
        actions.append(m.expires_at.set(int((clock.now() + _MANIFEST_LIFETIME).timestamp())))
    writing.update("manifest", keys.card_manifest(seen.course_id), actions, held)


def _add_write(writing: Transaction, label: str, piece: Item | Key) -> None:
    anything = Item.pk.exists() | Item.pk.does_not_exist()
    match piece:
        case Key():
            writing.delete(label, piece, anything)
        case InstructorCourse():
            facts = [getattr(InstructorCourse, name).set(value) for name, value in _course_values(piece).items()]
            missing = [
                getattr(InstructorCourse, name).remove() for name in _NULLABLE if name not in _course_values(piece)
            ]
            writing.update(label, Key(piece.pk, piece.sk), [*facts, *missing], None)
        case _:
            writing.put(label, piece, anything)


def _course_values(row: InstructorCourse) -> dict[str, Any]:
    """What is known of the course; its counters are not among it."""
    counters = ("pk", "sk", "pending", "active", "completed", "cancelled")
    return {name: value for name, value in row.attribute_values.items() if name not in counters and value is not None}


def _parse_key(place: str) -> Key:
    return Key(*place.rsplit(" ", 1))
