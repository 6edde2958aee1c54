"""Writes items of the write side as they are stored, for tests of what is built from them."""

from datetime import datetime
from typing import Any

from shared import clock, ids
from shared.db.entities import Course, Enrollment, Lesson, Outline, Payment, Progress
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.changes import update_actions
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import CourseLevel, CourseStatus, EnrollmentStatus, LessonKind, PaymentStatus

INSTRUCTOR_ID = "usr_01J00000000000000000000001"


def put(*items: Item) -> None:
    writing = Transaction()
    for number, item in enumerate(items):
        writing.put(str(number), item)
    assert not writing.commit()


def update(item: Any, **changes: Any) -> None:
    """Sets attributes (None removes one) of what is stored, and counts its version up."""
    changes.setdefault("updated_at", clock.now())
    writing = Transaction()
    kind = type(item)
    writing.update(
        "it", keys.Key(item.pk, item.sk), [*update_actions(kind, changes), kind.version.add(1)], kind.pk.exists()
    )
    assert not writing.commit()


def update_by_key(kind: type[Item], key: keys.Key, **changes: Any) -> None:
    """Sets attributes of what is stored under the key."""
    if "updated_at" in kind.get_attributes():
        changes.setdefault("updated_at", clock.now())
    assert store.update(kind, key, update_actions(kind, changes), kind.pk.exists()).succeeded


def delete(item: Item) -> None:
    writing = Transaction()
    writing.delete("it", keys.Key(item.pk, item.sk), Item.pk.exists())
    assert not writing.commit()


def put_course(instructor_id: str = INSTRUCTOR_ID, **facts: Any) -> Course:
    """A stored course: a published, free one in "Data" for beginners unless told otherwise."""
    course_id, now = ids.course(), clock.now()
    created_at = facts.pop("created_at", now)
    listing = keys.instructor_listing(instructor_id, created_at, course_id)
    given = {
        "course_id": course_id,
        "instructor_id": instructor_id,
        "instructor_name": "Asha Rao",
        "title": f"Course {course_id[-4:]}",
        "description": "What it is about.",
        "category": "Data",
        "level": CourseLevel.BEGINNER,
        "language": "en",
        "amount": 0,
        "currency": "INR",
        "status": CourseStatus.PUBLISHED,
        "version": 1,
        "created_at": created_at,
        "updated_at": now,
        "published_at": now,
        "gsi1pk": listing.pk,
        "gsi1sk": listing.sk,
    }
    item = Course.build(keys.course(course_id), **(given | facts))
    put(item)
    return item


def put_outline(course: Course, lessons: int) -> list[str]:
    """A stored outline of one section with that many text lessons; their ids in order."""
    now, section = clock.now(), ids.section(course.course_id)
    lesson_ids = [ids.lesson(course.course_id) for _ in range(lessons)]
    put(
        Outline.build(
            keys.outline(course.course_id),
            course_id=course.course_id,
            sections=[section],
            lessons={section: lesson_ids},
            lesson_count=lessons,
            version=1,
        ),
        *(
            Lesson.build(
                keys.lesson(course.course_id, lesson_id),
                lesson_id=lesson_id,
                course_id=course.course_id,
                title=f"Lesson {number}",
                lesson_kind=LessonKind.TEXT,
                duration_seconds=60,
                preview=False,
                created_at=now,
                updated_at=now,
            )
            for number, lesson_id in enumerate(lesson_ids, 1)
        ),
    )
    return lesson_ids


def put_enrollment(user_id: str, course: Course, status: EnrollmentStatus = EnrollmentStatus.ACTIVE) -> Enrollment:
    now = clock.now()
    item = Enrollment.build(
        keys.enrollment(user_id, course.course_id),
        user_id=user_id,
        course_id=course.course_id,
        instructor_id=course.instructor_id,
        user_name="Ravi",
        status=status,
        version=1,
        created_at=now,
        updated_at=now,
    )
    put(item)
    return item


def put_progress(user_id: str, course: Course, completed: list[str]) -> None:
    put(Progress.build(keys.progress(user_id, course.course_id), course_id=course.course_id, completed=set(completed)))


def put_payment(user_id: str, course: Course, amount: int, *, at: datetime | None = None, **facts: Any) -> Payment:
    """A stored payment: captured in full at `at` unless told otherwise."""
    now, order_id = at or clock.now(), f"order_{ids.ulid()[-14:]}"
    given = {
        "order_id": order_id,
        "user_id": user_id,
        "course_id": course.course_id,
        "instructor_id": course.instructor_id,
        "receipt": ids.receipt(),
        "amount": amount,
        "currency": "INR",
        "status": PaymentStatus.CAPTURED,
        "captured_amount": amount,
        "captured_at": now,
        "window_ends_at": now,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    item = Payment.build(keys.payment(order_id), **(given | facts))
    put(item)
    return item
