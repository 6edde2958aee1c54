"""Writes the lists of the catalogue from the current state of a course, not from the change that caused the refresh.

Refreshing twice, late or concurrently is harmless. Each refresh claims the next revision of the course's manifest,
every write has the condition that no newer revision was claimed, and the course is read after the manifest: an older
state cannot claim a newer revision.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto
from functools import partial
from typing import Any, Final, NamedTuple

from pynamodb.expressions.condition import Condition

from shared import clock
from shared.db.entities import CardManifest, Course, CourseCounters, InstructorCourse, Outline
from shared.db.read_models.catalogue_cards import build_derived_items
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.db.table.transaction import Transaction
from shared.domain.ratings import NO_RATING, DisplayedRating, displayed_rating
from shared.errors import StoreUnavailable

_MAX_WRITES: Final = 98
"""Per transaction, besides the manifest's own. DynamoDB allows 100 operations."""
_MANIFEST_LIFETIME: Final = timedelta(days=2)
_NULLABLE: Final = ("moderation_reason", "published_at")
_COUNTER_ATTRIBUTES: Final = ("pending", "active", "completed", "cancelled")


class RefreshOutcome(StrEnum):
    UNCHANGED = auto()
    WRITTEN = auto()
    SUPERSEDED = auto()
    """A concurrent refresh took over, with a newer state."""


@dataclass(frozen=True)
class _CourseState:
    """A course with everything that its lists depend on, read consistently."""

    course_id: str
    course: Course | None
    lessons: int
    learners: int
    rating: DisplayedRating
    manifest: CardManifest | None


class _Claim(NamedTuple):
    """A revision of the manifest, and the digest of the items that the refresh writes."""

    revision: int
    digest: str


def refresh_course(course_id: str, *, force: bool = False) -> RefreshOutcome:
    """Updates every list that shows the course. Nothing is written if the digest in the manifest is that of the current
    state, unless `force`. Raises StoreUnavailable."""

    def attempt() -> RefreshOutcome:
        state = _read_course_state(course_id)
        items: dict[Key, Item] = {}
        if state.course:
            derived = build_derived_items(state.course, state.lessons, state.learners, state.rating)
            items = {Key(item.pk, item.sk): item for item in derived}
        digest = _digest(items)
        if _is_up_to_date(state, digest, force=force):
            return RefreshOutcome.UNCHANGED
        return _write(state, items, digest)

    return retry_on_conflict(attempt, partial(StoreUnavailable, "the lists of the course keep changing"))


def _read_course_state(course_id: str) -> _CourseState:
    """Reads the manifest first: the items read after it are at least as new."""
    manifest = store.get(CardManifest, keys.card_manifest(course_id))
    found = store.get_many([keys.course(course_id), keys.outline(course_id), keys.course_counters(course_id)])
    outline = store.cast_to(Outline, found.get(keys.outline(course_id)))
    counters = store.cast_to(CourseCounters, found.get(keys.course_counters(course_id)))
    on_cards = DisplayedRating(manifest.rating, manifest.rating_count) if manifest else NO_RATING
    return _CourseState(
        course_id,
        store.cast_to(Course, found.get(keys.course(course_id))),
        outline.lesson_count if outline else 0,
        counters.enrollment_count if counters else 0,
        displayed_rating(counters.ratings, on_cards) if counters else NO_RATING,
        manifest,
    )


def _is_up_to_date(state: _CourseState, digest: str, *, force: bool) -> bool:
    if state.manifest is None:
        return state.course is None
    return state.manifest.complete and state.manifest.digest == digest and not force


def _digest(items: dict[Key, Item]) -> str:
    content = sorted((key, sorted(item.serialize().items())) for key, item in items.items())
    return hashlib.sha256(repr(content).encode()).hexdigest()


def _write(state: _CourseState, items: dict[Key, Item], digest: str) -> RefreshOutcome:
    """Writes `items` and deletes the obsolete ones, in as few transactions as possible, usually one. Raises
    WriteConflict when the first transaction failed, so that nothing was written."""
    obsolete = [key for key in _listed_keys(state.manifest) if key not in items]
    work: list[Item | Key] = [*items.values(), *obsolete]
    claim = _Claim((state.manifest.revision if state.manifest else 0) + 1, digest)
    for start in range(0, max(len(work), 1), _MAX_WRITES):
        is_last = start + _MAX_WRITES >= len(work)
        transaction = Transaction()
        condition = _previous_revision(state.manifest) if start == 0 else CardManifest.revision == claim.revision
        actions = _manifest_actions(state, claim, list(items) if is_last else [*items, *obsolete], complete=is_last)
        transaction.update("manifest", keys.card_manifest(state.course_id), actions, condition)
        for number, piece in enumerate(work[start : start + _MAX_WRITES]):
            _add_write(transaction, str(number), piece)
        if transaction.commit():
            if start == 0:
                raise WriteConflict
            return RefreshOutcome.SUPERSEDED
    return RefreshOutcome.WRITTEN


def _listed_keys(manifest: CardManifest | None) -> list[Key]:
    """The keys under which the manifest lists the course."""
    return [Key(*place.rsplit(" ", 1)) for place in manifest.places] if manifest else []


def _previous_revision(manifest: CardManifest | None) -> Condition:
    """The condition that no other refresh claimed a revision since the manifest was read."""
    condition: Condition = CardManifest.pk.does_not_exist()
    return CardManifest.revision == manifest.revision if manifest else condition


def _manifest_actions(state: _CourseState, claim: _Claim, listed_at: list[Key], *, complete: bool) -> list[Any]:
    """Claims the revision, or confirms it in a later transaction. The manifest of a deleted course expires, after any
    late refresh."""
    rating = state.rating
    actions: list[Any] = [
        CardManifest.kind.set(CardManifest.KIND),
        CardManifest.revision.set(claim.revision),
        CardManifest.complete.set(complete),
        CardManifest.digest.set(claim.digest),
        CardManifest.rating_count.set(rating.number),
        CardManifest.rating.remove() if rating.hundredths is None else CardManifest.rating.set(rating.hundredths),
        CardManifest.places.set([f"{key.pk} {key.sk}" for key in listed_at]),
    ]
    if state.course is None:
        actions.append(CardManifest.expires_at.set(int((clock.now() + _MANIFEST_LIFETIME).timestamp())))
    return actions


def _add_write(transaction: Transaction, label: str, piece: Item | Key) -> None:
    """Deletes a key, updates an InstructorCourse (it holds counters, too), puts any other item."""
    always = Item.pk.exists() | Item.pk.does_not_exist()
    match piece:
        case Key():
            transaction.delete(label, piece, always)
        case InstructorCourse():
            values = _course_values(piece)
            actions = [getattr(InstructorCourse, name).set(value) for name, value in values.items()]
            actions += [getattr(InstructorCourse, name).remove() for name in _NULLABLE if name not in values]
            transaction.update(label, Key(piece.pk, piece.sk), actions, None)
        case _:
            transaction.put(label, piece, always)


def _course_values(row: InstructorCourse) -> dict[str, Any]:
    """The attributes that describe the course, without its counters."""
    excluded = ("pk", "sk", *_COUNTER_ATTRIBUTES)
    return {name: value for name, value in row.attribute_values.items() if name not in excluded and value is not None}
