"""Enrollments with progress, course and outline: one learner and course, or a learner's list."""

from dataclasses import dataclass, replace
from typing import Final

from shared.db.entities import Course, Enrollment, Outline, Progress
from shared.db.table import keys, store
from shared.db.table.store import Listing, StartKey
from shared.domain.lifecycle import EnrollmentStatus

_MAX_QUERIES: Final = 5
"""For one page with a status filter. The loop reads pages; it retries nothing."""


@dataclass(frozen=True)
class EnrollmentDetails:
    """An enrollment with the items that its presentation needs; None for an item that does not exist."""

    enrollment: Enrollment
    progress: Progress | None = None
    course: Course | None = None
    outline: Outline | None = None

    @property
    def is_closed(self) -> bool:
        """Whether an admin hid the course from its learners too."""
        return self.course is not None and self.course.is_closed


@dataclass(frozen=True)
class EnrollmentRecords:
    """The stored items of a learner and a course; None for an item that does not exist."""

    enrollment: Enrollment | None
    progress: Progress | None
    course: Course | None
    outline: Outline | None

    def details(self, enrollment: Enrollment | None = None) -> EnrollmentDetails | None:
        """The details of `enrollment`, a newer state, or of the enrollment as read; None if there is neither."""
        current = enrollment or self.enrollment
        return EnrollmentDetails(current, self.progress, self.course, self.outline) if current else None


def read_records(user_id: str, course_id: str) -> EnrollmentRecords:
    """One BatchGetItem."""
    enrollment, progress = keys.enrollment(user_id, course_id), keys.progress(user_id, course_id)
    course, outline = keys.course(course_id), keys.outline(course_id)
    found = store.get_many([enrollment, progress, course, outline])
    return EnrollmentRecords(
        store.cast_to(Enrollment, found.get(enrollment)),
        store.cast_to(Progress, found.get(progress)),
        store.cast_to(Course, found.get(course)),
        store.cast_to(Outline, found.get(outline)),
    )


def read_details(user_id: str, course_id: str) -> EnrollmentDetails | None:
    """One BatchGetItem; None if there is no enrollment."""
    return read_records(user_id, course_id).details()


def list_by_user(
    user_id: str, limit: int, start: StartKey, status: EnrollmentStatus | None
) -> Listing[EnrollmentDetails]:
    """A learner's enrollments in the order of course ids, each with its progress, course and outline.

    One Query reads enrollments and progress, and one BatchGetItem per fifty enrollments reads courses and outlines.
    With a status filter there are up to five Queries, and a page may be short."""
    matching: list[EnrollmentDetails] = []
    for _ in range(_MAX_QUERIES):
        page = _query_page(user_id, limit - len(matching), start)
        matching += [details for details in page.items if status is None or details.enrollment.status is status]
        start = page.next_key
        if start is None or len(matching) >= limit:
            break
    return Listing(attach_courses(matching), start)


def _query_page(user_id: str, limit: int, start: StartKey) -> Listing[EnrollmentDetails]:
    """Up to `limit` enrollments with their progress: one Query. `next_key` is the last enrollment's progress, so that
    the next page begins with an enrollment."""
    page = store.query(
        keys.user(user_id).pk, sk=Enrollment.sk.startswith("ENROLLMENT#"), limit=2 * limit + 1, start=start
    )
    progress = {item.course_id: item for item in page.items_of(Progress)}
    enrollments = page.items_of(Enrollment)
    has_more = page.next_key is not None or len(enrollments) > limit
    if page.next_key is not None and len(enrollments) > 1 and isinstance(page.items[-1], Enrollment):
        enrollments = enrollments[:-1]  # its progress may be the first item of the next page
    enrollments = enrollments[:limit]
    details = [EnrollmentDetails(enrollment, progress.get(enrollment.course_id)) for enrollment in enrollments]
    if not has_more:
        return Listing(details, None)
    last = keys.progress(user_id, enrollments[-1].course_id)
    return Listing(details, {"pk": {"S": last.pk}, "sk": {"S": last.sk}})


def attach_courses(enrollments: list[EnrollmentDetails]) -> list[EnrollmentDetails]:
    """The same enrollments with course and outline: one BatchGetItem per fifty."""
    course_ids = [details.enrollment.course_id for details in enrollments]
    found = store.get_many(
        [key for course_id in course_ids for key in (keys.course(course_id), keys.outline(course_id))]
    )
    return [
        replace(
            details,
            course=store.cast_to(Course, found.get(keys.course(course_id))),
            outline=store.cast_to(Outline, found.get(keys.outline(course_id))),
        )
        for details, course_id in zip(enrollments, course_ids, strict=True)
    ]
