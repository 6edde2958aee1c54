"""Use cases of courses: create, read, edit, publish, moderate, delete."""

from typing import Any, NoReturn

from functions.courses import permissions
from functions.courses.errors import CourseArchived, CourseBusy, CourseEmpty, CourseHasLearners
from functions.courses.prices import changes_of_new_price, sale_changes
from functions.courses.schemas import CourseIn, CourseModerationIn, CourseUpdateIn
from shared import clock, ids
from shared.db.courses import course_pages, courses
from shared.db.courses.course_pages import CourseCard, CoursePage, Versions
from shared.db.courses.courses import CourseOutcome
from shared.db.entities import Course
from shared.db.table import keys
from shared.db.table.base import listing_attributes
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.domain.lifecycle import CourseStatus
from shared.errors import CourseNotFound, PreconditionFailed
from shared.gateways import cloudinary
from shared.tokens import Caller


def create(new: CourseIn, caller: Caller) -> CoursePage:
    """Creates an empty draft that belongs to the caller. The instructor's name comes from the access token. Raises
    StoreUnavailable."""
    now, course_id = clock.now(), ids.course()
    listing = keys.instructor_listing(caller.user_id, now, course_id)
    courses.create(
        Course.build(
            keys.course(course_id),
            **listing_attributes(listing),
            course_id=course_id,
            instructor_id=caller.user_id,
            instructor_name=caller.name,
            status=CourseStatus.DRAFT,
            version=1,
            created_at=now,
            updated_at=now,
            **_attributes(new),
        )
    )
    return _read_page(course_id)


def list_mine(
    caller: Caller, limit: int, start: dict[str, Any] | None
) -> tuple[list[CourseCard], dict[str, Any] | None]:
    """A page of the caller's courses, newest first, and the key of the next page. Raises StoreUnavailable."""
    return course_pages.list_by_instructor(caller.user_id, limit, start)


def get_visible(course_id: str, caller: Caller | None) -> CoursePage:
    """The course, if the caller may see it. Raises CourseNotFound, StoreUnavailable."""
    page = _read_page(course_id)
    _require_visible_to(page.course, caller)
    return page


def require_visible(course_id: str, caller: Caller | None) -> None:
    """Raises CourseNotFound unless the caller may see the course, StoreUnavailable."""
    course = courses.get(course_id) if ids.COURSE.fullmatch(course_id) else None
    if course is None:
        raise CourseNotFound
    _require_visible_to(course, caller)


def _require_visible_to(course: Course, caller: Caller | None) -> None:
    if permissions.is_public(course) or permissions.is_owner_or_admin(course, caller):
        return
    if caller is None or not permissions.has_learner_access(
        course, courses.get_enrollment(caller.user_id, course.course_id)
    ):
        raise CourseNotFound


def require_own_course(course_id: str, caller: Caller) -> Course:
    """The course, if the caller owns it. Raises CourseNotFound (also for another instructor's course),
    StoreUnavailable."""
    course = courses.get(course_id) if ids.COURSE.fullmatch(course_id) else None
    if course is None or course.instructor_id != caller.user_id:
        raise CourseNotFound
    return course


def update(course_id: str, changes: CourseUpdateIn, caller: Caller, expected: Versions | None) -> CoursePage:
    """Sets the fields of `changes` that are not null; a `sale` of null ends the sale, and so does a list price that is
    not above the stored sale price. `expected` are the versions of `If-Match`, None without one.

    Raises CourseNotFound, SaleNotBelowPrice, SaleEnded, CourseArchived, CourseEmpty (for publishing without a lesson),
    PreconditionFailed, CourseBusy, StoreUnavailable."""
    attributes = _attributes(changes)
    if changes.price is None and "sale" not in changes.model_fields_set:
        return _update(course_id, attributes, caller, expected)

    def attempt() -> CoursePage:
        read = require_own_course(course_id, caller)
        list_amount = attributes.get("amount", int(read.amount))
        if "sale" in changes.model_fields_set:
            of_sale = sale_changes(changes.sale, list_amount)
        else:
            of_sale = changes_of_new_price(read, list_amount)
        return _update(course_id, attributes | of_sale, caller, expected, read)

    return retry_on_conflict(attempt, CourseBusy)


def publish(course_id: str, caller: Caller, expected: Versions | None) -> CoursePage:
    """Opens the course to buyers. Does nothing if it is already published. Raises the errors of `update`."""
    return _set_status(course_id, CourseStatus.PUBLISHED, caller, expected)


def unpublish(course_id: str, caller: Caller, expected: Versions | None) -> CoursePage:
    """Closes the course to new buyers. Its learners keep their access. Raises the errors of `update`."""
    return _set_status(course_id, CourseStatus.DRAFT, caller, expected)


def moderate(course_id: str, decision: CourseModerationIn, admin: Caller) -> CoursePage:
    """Hides or restores a course, and audits the change. Raises CourseNotFound, CourseBusy, StoreUnavailable."""

    def attempt() -> CoursePage:
        course = courses.get(course_id) if ids.COURSE.fullmatch(course_id) else None
        if course is None:
            raise CourseNotFound
        outcome = courses.moderate(
            course,
            hidden=decision.hidden,
            closed=decision.close,
            reason=decision.reason,
            admin_id=admin.user_id,
            now=clock.now(),
        )
        if outcome is not CourseOutcome.WRITTEN:
            raise WriteConflict
        return _read_page(course_id)

    return retry_on_conflict(attempt, CourseBusy)


def delete(course_id: str) -> None:
    """Deletes a course that never had an enrollment, and its thumbnail.

    Raises CourseNotFound, CourseHasLearners, CourseBusy, StoreUnavailable."""

    def attempt() -> None:
        found = courses.get_with_outline(course_id)
        if found is None:
            raise CourseNotFound
        outcome = courses.delete(*found)
        if outcome is CourseOutcome.STALE:
            raise WriteConflict
        if outcome is not CourseOutcome.WRITTEN:
            _raise_error_for(outcome)
        thumbnail = found[0].thumbnail_public_id
        if thumbnail:
            cloudinary.destroy_image(thumbnail)

    retry_on_conflict(attempt, CourseBusy)


def _set_status(course_id: str, status: CourseStatus, caller: Caller, expected: Versions | None) -> CoursePage:
    page = _read_page(course_id)
    if page.course.status is not status:
        return _update(course_id, {"status": status}, caller, expected)
    if expected and expected != page.versions:
        raise PreconditionFailed
    return page


def _update(
    course_id: str, changes: dict[str, Any], caller: Caller, expected: Versions | None, read: Course | None = None
) -> CoursePage:
    """Writes the changes, if the course is still as it was `read`. Raises WriteConflict if it is not, and the client
    named no version."""
    outcome = courses.edit(course_id, caller.user_id, changes, expected=expected, now=clock.now(), read=read)
    if outcome is CourseOutcome.STALE and read and not expected:
        raise WriteConflict
    if outcome is not CourseOutcome.WRITTEN:
        _raise_error_for(outcome)
    return _read_page(course_id)


def _raise_error_for(outcome: CourseOutcome) -> NoReturn:
    match outcome:
        case CourseOutcome.ARCHIVED:
            raise CourseArchived
        case CourseOutcome.EMPTY:
            raise CourseEmpty
        case CourseOutcome.STALE:
            raise PreconditionFailed
        case CourseOutcome.HAS_LEARNERS:
            raise CourseHasLearners
        case _:
            raise CourseNotFound


def _read_page(course_id: str) -> CoursePage:
    page = course_pages.read(course_id) if ids.COURSE.fullmatch(course_id) else None
    if page is None:
        raise CourseNotFound
    return page


def _attributes(fields: CourseIn | CourseUpdateIn) -> dict[str, Any]:
    """The attributes of the entity for the fields that are not null."""
    attributes = {name: value for name, value in fields if value is not None}
    attributes.pop("sale", None)
    price = attributes.pop("price", None)
    if price is not None:
        attributes |= {"amount": price.amount, "currency": price.currency.value}
    if "status" in attributes:
        attributes["status"] = CourseStatus(attributes["status"])
    return attributes
