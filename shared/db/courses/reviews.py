"""Reviews: one item per learner and course; the key makes it unique."""

from enum import StrEnum, auto
from typing import NamedTuple

from shared.db import audit
from shared.db.entities import Enrollment, Review
from shared.db.table import keys, store
from shared.db.table.changes import unchanged_since_read, update_actions
from shared.db.table.store import Listing, StartKey
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import EnrollmentStatus


class ReviewOutcome(StrEnum):
    WRITTEN = auto()
    CHANGED = auto()
    """Review or enrollment changed since the read: read again, decide again."""
    HIDDEN = auto()
    """It is hidden, and stays hidden until an admin restores it."""


class ReviewContext(NamedTuple):
    """A learner's enrollment in a course, and the learner's review of it."""

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


def write(current: Review | None, review: Review) -> ReviewOutcome:
    """One transaction: replaces `current`, the review as read (None: there was none), with `review`, if its author has
    access to the course."""
    transaction = Transaction()
    transaction.check(
        "enrollment",
        keys.enrollment(review.user_id, review.course_id),
        Enrollment.status.is_in(EnrollmentStatus.ACTIVE, EnrollmentStatus.COMPLETED),
    )
    transaction.put("review", review, unchanged_since_read(Review, current))
    return ReviewOutcome.CHANGED if transaction.commit() else ReviewOutcome.WRITTEN


def delete(user_id: str, course_id: str) -> ReviewOutcome:
    """Deletes the review unless it is hidden; CHANGED if there is none."""
    transaction = Transaction()
    visible = Review.pk.exists() & (Review.hidden == False)  # noqa: E712 (an expression)
    transaction.delete("review", keys.review(user_id, course_id), visible)
    failed = transaction.commit()
    if not failed:
        return ReviewOutcome.WRITTEN
    return ReviewOutcome.HIDDEN if failed["review"] else ReviewOutcome.CHANGED


def moderate(review: Review, *, hidden: bool, reason: str, admin_id: str) -> ReviewOutcome:
    """Hides or restores the review if it is unchanged since the read, and audits it, in one transaction."""
    listing = keys.review_listing(review.course_id, review.review_id, hidden=hidden)
    changes = {
        "hidden": hidden,
        "moderation_reason": reason,
        "gsi1sk": listing.sk,
        "version": review.version + 1,
    }
    transaction = Transaction()
    transaction.update(
        "review",
        keys.review(review.user_id, review.course_id),
        update_actions(Review, changes),
        unchanged_since_read(Review, review),
    )
    audit.record(
        transaction,
        admin_id=admin_id,
        action="review_hidden" if hidden else "review_restored",
        subject=f"{review.course_id} {review.review_id}",
        reason=reason,
        before={"hidden": review.hidden},
        after={"hidden": hidden},
    )
    return ReviewOutcome.CHANGED if transaction.commit() else ReviewOutcome.WRITTEN


def find(course_id: str, review_id: str) -> Review | None:
    """A review by its id: up to two Queries of the index find its author, and one GetItem reads it consistently."""
    for hidden in (False, True):
        listing = keys.review_listing(course_id, review_id, hidden=hidden)
        listed = store.query(listing.pk, sk=Review.gsi1sk == listing.sk, index=keys.GSI1).first_of(Review)
        if listed:
            return get(listed.user_id, course_id)
    return None


def list_by_course(course_id: str, limit: int, start: StartKey, *, hidden: bool = False) -> Listing[Review]:
    """A course's reviews, newest first: one Query of the index."""
    prefix = keys.review_listing(course_id, "", hidden=hidden)
    page = store.query(
        prefix.pk,
        sk=Review.gsi1sk.startswith(prefix.sk),
        index=keys.GSI1,
        limit=limit,
        start=start,
        newest_first=True,
    )
    return Listing(page.items_of(Review), page.next_key)
