"""Reviews of courses. Learners with access may write them; all callers who may see the course may read them."""

from functions.courses import markdown
from functions.courses.errors import ReviewBusy, ReviewHidden, ReviewNotFound
from functions.courses.reviews.review_schemas import ReviewIn, ReviewModerationIn
from functions.courses.service import require_visible
from shared import clock, ids
from shared.db.courses import reviews
from shared.db.courses.reviews import ReviewContext, ReviewOutcome
from shared.db.entities import Review
from shared.db.table import keys
from shared.db.table.base import listing_attributes
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.db.table.store import StartKey
from shared.domain.lifecycle import Role
from shared.errors import CourseNotFound, EnrollmentNotFound, Forbidden, NotEnrolled
from shared.tokens import Caller


def require_learner(caller: Caller, course_id: str) -> ReviewContext:
    """The enrollment and the review of a caller with access to the course. Raises EnrollmentNotFound, NotEnrolled,
    StoreUnavailable."""
    context = reviews.read_context(caller.user_id, course_id)
    if context.enrollment is None:
        raise EnrollmentNotFound("you are not enrolled in this course")
    if not context.enrollment.status.gives_access:
        raise NotEnrolled("only learners with access to the course can review it")
    return context


def save_review(caller: Caller, course_id: str, first_read: ReviewContext, new: ReviewIn) -> tuple[Review, bool]:
    """Creates or replaces the learner's review. Returns it, and whether this call created it. `first_read` is the
    result of `require_learner`.

    Raises EnrollmentNotFound, NotEnrolled, ReviewBusy, StoreUnavailable."""
    text = markdown.sanitize_source(new.text or "").strip() or None
    context = first_read

    def attempt() -> tuple[Review, bool]:
        nonlocal context
        read = context.review
        if read and (read.rating, read.text, read.user_name) == (new.rating, text, caller.name):
            return read, False
        review = _next_version(caller, course_id, read, new.rating, text)
        if reviews.write(read, review) is not ReviewOutcome.WRITTEN:
            context = require_learner(caller, course_id)
            raise WriteConflict
        return review, read is None

    return retry_on_conflict(attempt, ReviewBusy)


def find_my_review(caller: Caller | None, course_id: str) -> Review | None:
    """The caller's review; None if there is none, or the caller is not a signed-in student. Raises StoreUnavailable."""
    return reviews.get(caller.user_id, course_id) if caller and caller.role is Role.STUDENT else None


def get_my_review(caller: Caller, course_id: str) -> Review:
    """The caller's review. Raises ReviewNotFound, StoreUnavailable."""
    review = reviews.get(caller.user_id, course_id)
    if review is None:
        raise ReviewNotFound
    return review


def delete(caller: Caller, course_id: str) -> None:
    """Deletes the caller's review. This needs no access to the course, because the text belongs to its author.

    Raises ReviewNotFound, ReviewHidden, StoreUnavailable."""
    match reviews.delete(caller.user_id, course_id):
        case ReviewOutcome.HIDDEN:
            raise ReviewHidden
        case ReviewOutcome.CHANGED:
            raise ReviewNotFound


def list_reviews(
    course_id: str, caller: Caller | None, limit: int, start: StartKey, *, hidden: bool
) -> tuple[list[Review], StartKey]:
    """A page of reviews, newest first, and the key of the next page.

    Raises Forbidden (only admins may list hidden reviews), CourseNotFound, StoreUnavailable."""
    if hidden and (caller is None or caller.role is not Role.ADMIN):
        raise Forbidden
    require_visible(course_id, caller)
    return reviews.list_by_course(course_id, limit, start, hidden=hidden)


def moderate(course_id: str, review_id: str, decision: ReviewModerationIn, admin: Caller) -> Review:
    """Hides or restores a review, and audits the change.

    Raises CourseNotFound, ReviewNotFound, ReviewBusy, StoreUnavailable."""
    if not ids.COURSE.fullmatch(course_id):
        raise CourseNotFound

    def attempt() -> Review:
        read = reviews.find(course_id, review_id) if ids.REVIEW.fullmatch(review_id) else None
        if read is None:
            raise ReviewNotFound
        outcome = reviews.moderate(read, hidden=decision.hidden, reason=decision.reason, admin_id=admin.user_id)
        if outcome is not ReviewOutcome.WRITTEN:
            raise WriteConflict
        return reviews.get(read.user_id, course_id) or read

    return retry_on_conflict(attempt, ReviewBusy)


def _next_version(caller: Caller, course_id: str, read: Review | None, rating: int, text: str | None) -> Review:
    now = clock.now()
    review_id = read.review_id if read else ids.review()
    hidden = bool(read and read.hidden)
    listing = keys.review_listing(course_id, review_id, hidden=hidden)
    return Review.build(
        keys.review(caller.user_id, course_id),
        review_id=review_id,
        course_id=course_id,
        user_id=caller.user_id,
        user_name=caller.name,
        rating=rating,
        text=text,
        hidden=hidden,
        moderation_reason=read.moderation_reason if read else None,
        version=read.version + 1 if read else 1,
        created_at=read.created_at if read else now,
        updated_at=now,
        **listing_attributes(listing),
    )
