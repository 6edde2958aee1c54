"""What a learner has done: an enrollment as it is shown, its list, and the ticks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pynamodb.expressions.operand import Path

from shared.db.entities import Course, Enrollment, Outline, Progress
from shared.db.table import keys, store
from shared.domain.lifecycle import EnrollmentStatus

StartKey = dict[str, Any] | None

_MAX_QUERIES: Final = 5


@dataclass(frozen=True)
class EnrollmentDetails:
    """An enrollment with what its answer is made of; a part that does not exist is None."""

    enrollment: Enrollment
    progress: Progress | None = None
    course: Course | None = None
    outline: Outline | None = None

    @property
    def is_closed(self) -> bool:
        """Whether an admin closed the course to those who learn in it, too."""
        return self.course is not None and self.course.is_closed


@dataclass(frozen=True)
class EnrollmentRecords:
    """What is stored of a learner and a course; each may be missing."""

    enrollment: Enrollment | None
    progress: Progress | None
    course: Course | None
    outline: Outline | None

    def details(self, enrollment: Enrollment | None = None) -> EnrollmentDetails | None:
        """With the enrollment as it is now known to be, or as it was read; None when there is none."""
        known = enrollment or self.enrollment
        return EnrollmentDetails(known, self.progress, self.course, self.outline) if known else None


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
    """One BatchGetItem; None when there is no enrollment."""
    return read_records(user_id, course_id).details()


def list_by_user(
    user_id: str, limit: int, start: StartKey, status: EnrollmentStatus | None
) -> tuple[list[EnrollmentDetails], StartKey]:
    """A learner's enrollments in the order of course ids, each with its progress, and the next key.

    One Query reads enrollments and progress; a status filter may take a few more, and may leave a page short."""
    kept: list[EnrollmentDetails] = []
    for _ in range(_MAX_QUERIES):
        found, start = _query_page(user_id, limit - len(kept), start)
        kept += [each for each in found if status is None or each.enrollment.status is status]
        if start is None or len(kept) >= limit:
            break
    return attach_courses(kept), start


def _query_page(user_id: str, limit: int, start: StartKey) -> tuple[list[EnrollmentDetails], StartKey]:
    page = store.query(
        keys.user(user_id).pk, sk=Enrollment.sk.startswith("ENROLLMENT#"), limit=2 * limit + 1, start=start
    )
    ticked = {item.course_id: item for item in page.items_of(Progress)}
    enrollments = page.items_of(Enrollment)
    more = page.next_key is not None or len(enrollments) > limit
    if page.next_key is not None and len(enrollments) > 1 and isinstance(page.items[-1], Enrollment):
        enrollments = enrollments[:-1]  # its progress may be the first item of the next page
    enrollments = enrollments[:limit]
    learning = [EnrollmentDetails(each, ticked.get(each.course_id)) for each in enrollments]
    if not more:
        return learning, None
    last = keys.progress(user_id, enrollments[-1].course_id)
    return learning, {"pk": {"S": last.pk}, "sk": {"S": last.sk}}


def attach_courses(learning: list[EnrollmentDetails]) -> list[EnrollmentDetails]:
    """The same with course and outline: one BatchGetItem per fifty."""
    ids = [each.enrollment.course_id for each in learning]
    found = store.get_many([key for each in ids for key in (keys.course(each), keys.outline(each))])
    return [
        EnrollmentDetails(
            each.enrollment,
            each.progress,
            store.cast_to(Course, found.get(keys.course(each.enrollment.course_id))),
            store.cast_to(Outline, found.get(keys.outline(each.enrollment.course_id))),
        )
        for each in learning
    ]


def record_lesson_progress(
    user_id: str, course_id: str, lesson_id: str, *, completed: bool | None, position: int | None, now: datetime
) -> Progress | None:
    """One update, safe to repeat: adds or takes the lesson, and keeps where its video stopped (seconds).

    Answers with the progress as it now is, other devices' ticks included; None when there is none to tick."""
    p = Progress
    actions: list[Any] = [p.last_lesson_id.set(lesson_id), p.last_studied_at.set(now)]
    if completed is not None:
        actions.append(p.completed.add({lesson_id}) if completed else p.completed.delete({lesson_id}))
    if position is not None:
        actions.append(Path(["positions", lesson_id]).set(position))
    return store.update(p, keys.progress(user_id, course_id), actions, p.pk.exists()).item
