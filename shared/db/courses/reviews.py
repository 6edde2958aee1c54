"""Reviews: one item per learner and course. Its uniqueness is its key."""

from enum import StrEnum, auto
from typing import Any, NamedTuple

from shared.db import audit
from shared.db.entities import Enrollment, Review
from shared.db.table import keys, store
from shared.db.table.changes import unchanged_since_read, update_actions
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import EnrollmentStatus

StartKey = dict[str, Any] | None


class ReviewOutcome(StrEnum):
    WRITTEN = auto()
    CHANGED = auto()
    """Review or enrollment are no longer what was read: read again, decide again."""
    HIDDEN = auto()
    """It is hidden, and stays until an admin restores it."""


class ReviewContext(NamedTuple):
    """A learner's enrollment in a course, and what the learner said of it."""

    enrollment: Enrollment | None
    review: Review | None


def read_context(user_id: str, course_id: str) -> ReviewContext:
    """One BatchGetItem."""
    enrollment, review = keys.enrollment(user_id, course_id), keys.review(user_id, course_id)
    found = store.get_many([enrollment, review])
    return ReviewContext(
        store.cast_to(Enrollment, found.get(enrollment)),
        store.cast_to(Review, found.get(review)),
    )


def get(user_id: str, course_id: str) -> Review | None:
    """One GetItem."""
    return store.get(Review, keys.review(user_id, course_id))


def write(read: Review | None, review: Review) -> ReviewOutcome:
    """One transaction: puts `review` in place of what was `read`, while its author has access to the course."""
    e = Enrollment
    writing = Transaction()
    writing.check(
        "enrollment",
        keys.enrollment(review.user_id, review.course_id),
        e.status.is_in(EnrollmentStatus.ACTIVE, EnrollmentStatus.COMPLETED),
    )
    writing.put("review", review, unchanged_since_read(Review, read))
    return ReviewOutcome.CHANGED if writing.commit() else ReviewOutcome.WRITTEN


def delete(user_id: str, course_id: str) -> ReviewOutcome:
    """Takes it away unless it is hidden; CHANGED when there is none."""
    writing = Transaction()
    shown = Review.pk.exists() & (Review.hidden == False)  # noqa: E712 (an expression)
    writing.delete("review", keys.review(user_id, course_id), shown)
    failed = writing.commit()
    if not failed:
        return ReviewOutcome.WRITTEN
    return ReviewOutcome.HIDDEN if failed["review"] else ReviewOutcome.CHANGED


def moderate(read: Review, *, hidden: bool, reason: str, admin_id: str) -> ReviewOutcome:
    """Hides or shows the review as it was read, and records who did so, in one transaction."""
    listing = keys.review_listing(read.course_id, read.review_id, hidden=hidden)
    step = {
        "hidden": hidden,
        "moderation_reason": reason,
        "gsi1sk": listing.sk,
        "version": read.version + 1,
    }
    writing = Transaction()
    writing.update(
        "review",
        keys.review(read.user_id, read.course_id),
        update_actions(Review, step),
        unchanged_since_read(Review, read),
    )
    audit.record(
        writing,
        admin_id=admin_id,
        action="review_hidden" if hidden else "review_restored",
        subject=f"{read.course_id} {read.review_id}",
        reason=reason,
        before={"hidden": read.hidden},
        after={"hidden": hidden},
    )
    return ReviewOutcome.CHANGED if writing.commit() else ReviewOutcome.WRITTEN


def find(course_id: str, review_id: str) -> Review | None:
    """A course's review by its id: the index says whose it is, the item itself is read consistently."""
    for hidden in (False, True):
        place = keys.review_listing(course_id, review_id, hidden=hidden)
        listed = store.query(place.pk, sk=Review.gsi1sk == place.sk, index=keys.GSI1).first_of(Review)
        if listed:
            return get(listed.user_id, course_id)
    return None


def list_by_course(
    course_id: str, limit: int, start: StartKey, *, hidden: bool = False
) -> tuple[list[Review], StartKey]:
    """A course's reviews, newest first, and the next key: one Query of the index."""
    place = keys.review_listing(course_id, "", hidden=hidden)
    page = store.query(
        place.pk,
        sk=Review.gsi1sk.startswith(place.sk),
        index=keys.GSI1,
        limit=limit,
        start=start,
        newest_first=True,
    )
    return page.items_of(Review), page.next_key
