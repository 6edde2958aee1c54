"""Generate a batch of data: learners, courses with enrollments and payments, and courses without learners."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared import clock, ids
from shared.db.entities import Course, Enrollment, EnrollmentEvent, Lesson, Outline, Payment, Progress, Section, User
from shared.db.table import keys
from shared.db.table.base import Item
from shared.domain.lifecycle import (
    FREE_GRANT,
    CourseLevel,
    CourseStatus,
    EnrollmentStatus,
    LessonKind,
    PaymentStatus,
    Role,
    UserStatus,
)
from shared.history_kinds import ChangeKind, Source

COURSES_PER_LEARNER: Final = 15
"""Enrollments of each learner."""
COURSES_PER_INSTRUCTOR: Final = 10
"""Courses of each instructor."""
LESSONS_PER_COURSE: Final = 10
_PRICE: Final = 49_900
_CATEGORIES: Final = ("data", "music", "cooking", "art")
_LANGUAGES: Final = ("en", "hi", "ta")
_SUBJECTS: Final = ("Python", "Ragas", "Bread", "Watercolours", "Statistics", "Yoga", "Poetry")


@dataclass
class Batch:
    """`courses` have enrollments; `listed` courses have none."""

    instructors: list[User] = field(default_factory=list)
    learners: list[User] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    listed: list[Course] = field(default_factory=list)
    outlines: dict[str, Outline] = field(default_factory=dict)


def make_batch(learners: int, courses: int, listed: int) -> Batch:
    """A batch of the given size. Ids and times are new; all other values derive from the number of the item."""
    batch, now = Batch(), clock.now()
    for number in range(-(-(courses + listed) // COURSES_PER_INSTRUCTOR)):
        batch.instructors.append(_user(Role.INSTRUCTOR, f"Teacher {number}", now))
    batch.learners = [_user(Role.STUDENT, f"Learner {number}", now) for number in range(learners)]
    for number in range(courses + listed):
        instructor, enrolled = batch.instructors[number // COURSES_PER_INSTRUCTOR], number < courses
        (batch.courses if enrolled else batch.listed).append(_course(number, instructor, now, enrolled=enrolled))
    return batch


def batch_items(batch: Batch) -> Iterator[Item]:
    """All stored items of the batch."""
    yield from batch.instructors
    yield from batch.learners
    for course in batch.courses:
        yield course
        yield from _content(batch, course)
    for course in batch.listed:
        yield course
        yield _outline(batch, course, [])
    step = max(len(batch.courses) // COURSES_PER_LEARNER, 1)
    for number, learner in enumerate(batch.learners):
        for nth in range(min(COURSES_PER_LEARNER, len(batch.courses))):
            course = batch.courses[(number + nth * step) % len(batch.courses)]
            yield from _enrollment(batch, number + nth, learner, course)


def _user(role: Role, name: str, now: datetime) -> User:
    user_id = ids.user()
    listing = keys.role_listing(role, now, user_id)
    return User.build(
        keys.user(user_id),
        user_id=user_id,
        email=f"{user_id.lower()}@example.com",
        name=name,
        role=role,
        status=UserStatus.ACTIVE,
        password_hash="-",
        created_at=now,
        updated_at=now,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )


def _course(number: int, instructor: User, now: datetime, *, enrolled: bool) -> Course:
    course_id, at = ids.course(), now - timedelta(seconds=number)
    listing = keys.instructor_listing(instructor.user_id, at, course_id)
    return Course.build(
        keys.course(course_id),
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
        course_id=course_id,
        instructor_id=instructor.user_id,
        instructor_name=instructor.name,
        title=f"{_SUBJECTS[number % len(_SUBJECTS)]} {number}",
        description="The content of the course and its audience.",
        category=_CATEGORIES[number % len(_CATEGORIES)],
        level=list(CourseLevel)[number % len(CourseLevel)],
        language=_LANGUAGES[number % len(_LANGUAGES)],
        amount=_PRICE if number % 2 else 0,
        currency="INR",
        status=CourseStatus.PUBLISHED,
        ever_enrolled=enrolled,
        version=3,
        created_at=at,
        updated_at=at,
        published_at=at,
    )


def _content(batch: Batch, course: Course) -> Iterator[Item]:
    section_id, now = ids.section(course.course_id), course.created_at
    yield Section.build(
        keys.section(course.course_id, section_id),
        section_id=section_id,
        course_id=course.course_id,
        title="Beginnings",
        created_at=now,
    )
    lessons = [ids.lesson(course.course_id) for _ in range(LESSONS_PER_COURSE)]
    for number, lesson_id in enumerate(lessons):
        yield Lesson.build(
            keys.lesson(course.course_id, lesson_id),
            lesson_id=lesson_id,
            course_id=course.course_id,
            title=f"Lesson {number}",
            lesson_kind=LessonKind.TEXT,
            duration_seconds=600,
            preview=number == 0,
            created_at=now,
            updated_at=now,
        )
    yield _outline(batch, course, [(section_id, lessons)])


def _outline(batch: Batch, course: Course, sections: list[tuple[str, list[str]]]) -> Outline:
    outline = Outline.build(
        keys.outline(course.course_id),
        course_id=course.course_id,
        sections=[section_id for section_id, _ in sections],
        lessons=dict(sections),
        lesson_count=sum(len(lessons) for _, lessons in sections),
        version=1 + len(sections),
    )
    batch.outlines[course.course_id] = outline
    return outline


def _enrollment(batch: Batch, number: int, learner: User, course: Course) -> Iterator[Item]:
    now, course_id, user_id = course.created_at + timedelta(days=number % 20), course.course_id, learner.user_id
    lessons = batch.outlines[course_id].lesson_ids()
    done = lessons[: number % (LESSONS_PER_COURSE + 1)]
    completed = len(done) == LESSONS_PER_COURSE
    listing = keys.course_learner_listing(course_id, now, user_id)
    order_id = f"order_{ids.ulid()[-14:]}"
    yield Enrollment.build(
        keys.enrollment(user_id, course_id),
        user_id=user_id,
        course_id=course_id,
        instructor_id=course.instructor_id,
        user_name=learner.name,
        status=EnrollmentStatus.COMPLETED if completed else EnrollmentStatus.ACTIVE,
        granted_by=order_id if course.amount else FREE_GRANT,
        version=1,
        created_at=now,
        updated_at=now,
        activated_at=now,
        completed_at=now if completed else None,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )
    yield EnrollmentEvent.build(
        keys.enrollment_event(user_id, course_id, 1),
        course_id=course_id,
        number=1,
        at=now,
        why=ChangeKind.ENROLLED,
        source=Source.LEARNER,
        changes="{}",
    )
    yield Progress.build(
        keys.progress(user_id, course_id),
        course_id=course_id,
        positions={},
        completed=set(done) or None,
        last_lesson_id=done[-1] if done else None,
        last_studied_at=now if done else None,
    )
    if course.amount:
        payer = keys.payer_listing(user_id, now, order_id)
        yield Payment.build(
            keys.payment(order_id),
            order_id=order_id,
            user_id=user_id,
            course_id=course_id,
            instructor_id=course.instructor_id,
            receipt=ids.receipt(),
            amount=course.amount,
            currency="INR",
            status=PaymentStatus.CAPTURED,
            captured_amount=course.amount,
            captured_at=now,
            window_ends_at=now,
            version=1,
            created_at=now,
            updated_at=now,
            gsi1pk=payer.pk,
            gsi1sk=payer.sk,
        )
