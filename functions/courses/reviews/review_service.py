"""What learners say of a course: written by those who have access, read by whoever may see the course."""

from functions.courses import markdown
from functions.courses.errors import ReviewBusy, ReviewHidden, ReviewNotFound
from functions.courses.reviews.review_schemas import ReviewIn, ReviewModerationIn
from functions.courses.service import require_visible
from shared import clock, ids
from shared.db.courses import reviews
from shared.db.courses.reviews import ReviewContext, ReviewOutcome, StartKey
from shared.db.entities import Review
from shared.db.table import keys
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.domain.lifecycle import Role
from shared.errors import CourseNotFound, EnrollmentNotFound, Forbidden, NotEnrolled
from shared.tokens import Caller


def require_learner(caller: Caller, course_id: str) -> ReviewContext:
    """Raises EnrollmentNotFound, NotEnrolled, StoreUnavailable."""
    found = reviews.read_context(caller.user_id, course_id)
    if found.enrollment is None:
        raise EnrollmentNotFound("you are not enrolled in this course")
    if not found.enrollment.status.gives_access:
        raise NotEnrolled("only learners with access to the course can review it")
    return found


def save_review(caller: Caller, course_id: str, found: ReviewContext, given: ReviewIn) -> tuple[Review, bool]:
    """The learner's review, and whether this call made it; another one is replaced. `found` is what `entitled` read.

    Raises EnrollmentNotFound, NotEnrolled, ReviewBusy, StoreUnavailable."""
    text = markdown.sanitize_source(given.text or "").strip() or None
    context = found

    def attempt() -> tuple[Review, bool]:
        nonlocal context
        read = context.review
        if read and (read.rating, read.text, read.user_name) == (given.rating, text, caller.name):
            return read, False
        review = _next_version(caller, course_id, read, given.rating, text)
        if reviews.write(read, review) is not ReviewOutcome.WRITTEN:
            context = require_learner(caller, course_id)
            raise WriteConflict
        return review, read is None

    return retry_on_conflict(attempt, ReviewBusy)


def find_my_review(caller: Caller | None, course_id: str) -> Review | None:
    """What a student who is signed in said of the course, if anything. Raises StoreUnavailable."""
    return reviews.get(caller.user_id, course_id) if caller and caller.role is Role.STUDENT else None


def get_my_review(caller: Caller, course_id: str) -> Review:
    """Raises ReviewNotFound, StoreUnavailable."""
    review = reviews.get(caller.user_id, course_id)
    if review is None:
        raise ReviewNotFound
    return review


def delete(caller: Caller, course_id: str) -> None:
    """Also for who lost access: it is their text. Raises ReviewNotFound, ReviewHidden, StoreUnavailable."""
    match reviews.delete(caller.user_id, course_id):
        case ReviewOutcome.HIDDEN:
            raise ReviewHidden
        case ReviewOutcome.CHANGED:
            raise ReviewNotFound


def list_reviews(
    course_id: str, caller: Caller | None, limit: int, start: StartKey, *, hidden: bool
) -> tuple[list[Review], StartKey]:
    """Newest first, and the next key. Raises Forbidden (hidden ones are for admins), CourseNotFound,
    StoreUnavailable."""
    if hidden and (caller is None or caller.role is not Role.ADMIN):
        raise Forbidden
    require_visible(course_id, caller)
    return reviews.list_by_course(course_id, limit, start, hidden=hidden)


def moderate(course_id: str, review_id: str, given: ReviewModerationIn, admin: Caller) -> Review:
    """Hides or restores a review, audited. Raises CourseNotFound, ReviewNotFound, ReviewBusy, StoreUnavailable."""
    if not ids.COURSE.fullmatch(course_id):
        raise CourseNotFound

    def attempt() -> Review:
        read = reviews.find(course_id, review_id) if ids.REVIEW.fullmatch(review_id) else None
        if read is None:
            raise ReviewNotFound
        outcome = reviews.moderate(read, hidden=given.hidden, reason=given.reason, admin_id=admin.user_id)
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
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )
