"""The items that hold counters, by the subject that they count."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared import seller_day
from shared.db.entities import (
    CouponCounters,
    CourseCounters,
    DocumentMonth,
    InstructorCourse,
    InstructorDay,
    InstructorStudent,
    InstructorTotals,
    LessonCompletionCounters,
    PlatformTotals,
    RevenuePeriod,
)
from shared.db.table import keys
from shared.db.table.base import KINDS, Item
from shared.db.table.keys import Key


@dataclass(frozen=True, slots=True)
class CounterItem:
    """The kind and key of an item that holds counters; `identity` are the attributes that name its owner."""

    kind: type[Item]
    key: Key
    identity: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.kind.KIND} {self.key.pk} {self.key.sk}"

    @staticmethod
    def is_known(text: str) -> bool:
        """Whether this version of the code knows the kind named in `text`."""
        return text.partition(" ")[0] in KINDS

    @classmethod
    def parse(cls, text: str) -> "CounterItem":
        """The inverse of `str`, without the identity."""
        kind, pk, sk = text.split(" ")
        return cls(KINDS[kind], Key(pk, sk))


Contribution = Mapping[CounterItem, Counter[str]]
"""The amounts that a source contributes to the counters: item > counter > amount."""


def platform_counters(subject: str) -> CounterItem:
    """The shard of the platform's totals to which this subject contributes."""
    return CounterItem(PlatformTotals, keys.platform_totals(sum(subject.encode()) % keys.PLATFORM_SHARDS))


def instructor_counters(instructor_id: str) -> CounterItem:
    return CounterItem(InstructorTotals, keys.instructor_totals(instructor_id), (("instructor_id", instructor_id),))


def instructor_course_counters(instructor_id: str, course_id: str) -> CounterItem:
    identity = (("instructor_id", instructor_id), ("course_id", course_id))
    return CounterItem(InstructorCourse, keys.instructor_course(instructor_id, course_id), identity)


def instructor_day_counters(instructor_id: str, course_id: str, at: datetime) -> tuple[CounterItem, CounterItem]:
    """The seller's day of the instructor, and that of the course."""
    day = seller_day.day(at)
    return (
        CounterItem(InstructorDay, keys.instructor_day(instructor_id, day)),
        CounterItem(InstructorDay, keys.course_day(instructor_id, course_id, day)),
    )


def instructor_student_counter(instructor_id: str, student_id: str) -> CounterItem:
    """Its counter `courses` is the number of the instructor's courses that the student has access to. A student with at
    least one is included in the instructor's `students`."""
    return CounterItem(InstructorStudent, keys.instructor_student(instructor_id, student_id))


def instructor_id_of(student: Key) -> str:
    """The instructor in the key of an InstructorStudent."""
    return student.pk.removeprefix("INSTRUCTOR#").removesuffix("#STUDENTS")


def course_counters(course_id: str) -> CounterItem:
    return CounterItem(CourseCounters, keys.course_counters(course_id))


def lesson_completion_counters(course_id: str) -> CounterItem:
    return CounterItem(LessonCompletionCounters, keys.lesson_completion_counters(course_id))


def coupon_counters(code: str) -> CounterItem:
    return CounterItem(CouponCounters, keys.coupon_counters(code))


def revenue_month_counters(at: datetime) -> CounterItem:
    return CounterItem(RevenuePeriod, keys.revenue_month(seller_day.month(at)))


def revenue_day_counters(at: datetime) -> CounterItem:
    return CounterItem(RevenuePeriod, keys.revenue_day(seller_day.day(at)))


def document_month_counters(month: str, currency: str) -> CounterItem:
    """The sums of the receipts and notes of a month ("2026-11")."""
    return CounterItem(DocumentMonth, keys.document_month(month, currency))
