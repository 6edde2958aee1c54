"""A batch of made-up business: learners, courses they study and pay for, courses that are only listed."""

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
"""Courses of each learner."""
COURSES_PER_INSTRUCTOR: Final = 10
"""Courses of each instructor."""
LESSONS_PER_COURSE: Final = 10
_PRICE: Final = 49_900
_CATEGORIES: Final = ("data", "music", "cooking", "art")
_LANGUAGES: Final = ("en", "hi", "ta")
_SUBJECTS: Final = ("Python", "Ragas", "Bread", "Watercolours", "Statistics", "Yoga", "Poetry")


@dataclass
class Batch:
    """`courses` are studied, `listed` are only in the catalogue; `learners` user ids."""

    instructors: list[User] = field(default_factory=list)
    learners: list[User] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    listed: list[Course] = field(default_factory=list)
    outlines: dict[str, Outline] = field(default_factory=dict)


def make_batch(learners: int, courses: int, listed: int) -> Batch:
    """So many of each; ids and times are new, the rest follows from the number."""
    made, now = Batch(), clock.now()
    for number in range(-(-(courses + listed) // COURSES_PER_INSTRUCTOR)):
        made.instructors.append(_user(Role.INSTRUCTOR, f"Teacher {number}", now))
    made.learners = [_user(Role.STUDENT, f"Learner {number}", now) for number in range(learners)]
    for number in range(courses + listed):
        by, studied = made.instructors[number // COURSES_PER_INSTRUCTOR], number < courses
        (made.courses if studied else made.listed).append(_course(number, by, now, studied=studied))
    return made


def batch_items(made: Batch) -> Iterator[Item]:
    """Every item of the batch as it is stored."""
    yield from made.instructors
    yield from made.learners
    for course in made.courses:
        yield course
        yield from _content(made, course)
    for course in made.listed:
        yield course
        yield _outline(made, course, [])
    step = max(len(made.courses) // COURSES_PER_LEARNER, 1)
    for number, learner in enumerate(made.learners):
        for nth in range(min(COURSES_PER_LEARNER, len(made.courses))):
            course = made.courses[(number + nth * step) % len(made.courses)]
            yield from _enrollment(made, number + nth, learner, course)


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


def _course(number: int, by: User, now: datetime, *, studied: bool) -> Course:
    course_id, at = ids.course(), now - timedelta(seconds=number)
    listing = keys.instructor_listing(by.user_id, at, course_id)
    return Course.build(
        keys.course(course_id),
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
        course_id=course_id,
        instructor_id=by.user_id,
        instructor_name=by.name,
        title=f"{_SUBJECTS[number % len(_SUBJECTS)]} {number}",
        description="What it is about, and whom it is for.",
        category=_CATEGORIES[number % len(_CATEGORIES)],
        level=list(CourseLevel)[number % len(CourseLevel)],
        language=_LANGUAGES[number % len(_LANGUAGES)],
        amount=_PRICE if number % 2 else 0,
        currency="INR",
        status=CourseStatus.PUBLISHED,
        ever_enrolled=studied,
        version=3,
        created_at=at,
        updated_at=at,
        published_at=at,
    )


def _content(made: Batch, course: Course) -> Iterator[Item]:
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
    yield _outline(made, course, [(section_id, lessons)])


def _outline(made: Batch, course: Course, sections: list[tuple[str, list[str]]]) -> Outline:
    outline = Outline.build(
        keys.outline(course.course_id),
        course_id=course.course_id,
        sections=[section_id for section_id, _ in sections],
        lessons=dict(sections),
        lesson_count=sum(len(lessons) for _, lessons in sections),
        version=1 + len(sections),
    )
    made.outlines[course.course_id] = outline
    return outline


def _enrollment(made: Batch, number: int, learner: User, course: Course) -> Iterator[Item]:
    now, course_id, user_id = course.created_at + timedelta(days=number % 20), course.course_id, learner.user_id
    lessons = made.outlines[course_id].lesson_ids()
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
