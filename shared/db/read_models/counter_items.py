"""Where figures are kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.db.entities import (
    CourseCounters,
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
    """An item that keeps figures; `identity` are the attributes that say whose they are."""

    kind: type[Item]
    key: Key
    identity: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.kind.KIND} {self.key.pk} {self.key.sk}"

    @staticmethod
    def is_known(text: str) -> bool:
        """Whether this version of the code knows the kind of figures that is named."""
        return text.partition(" ")[0] in KINDS

    @classmethod
    def parse(cls, text: str) -> "CounterItem":
        """The inverse of `str`, without the identity."""
        kind, pk, sk = text.split(" ")
        return cls(KINDS[kind], Key(pk, sk))


Contribution = Mapping[CounterItem, Counter[str]]


def platform_counters(subject: str) -> CounterItem:
    """The share of the platform's totals that this subject counts into."""
    return CounterItem(PlatformTotals, keys.platform_totals(sum(subject.encode()) % keys.PLATFORM_SHARDS))


def instructor_counters(instructor_id: str) -> CounterItem:
    return CounterItem(InstructorTotals, keys.instructor_totals(instructor_id), (("instructor_id", instructor_id),))


def instructor_course_counters(instructor_id: str, course_id: str) -> CounterItem:
    whose = (("instructor_id", instructor_id), ("course_id", course_id))
    return CounterItem(InstructorCourse, keys.instructor_course(instructor_id, course_id), whose)


def instructor_day_counters(instructor_id: str, course_id: str, at: datetime) -> tuple[CounterItem, CounterItem]:
    """A day of the instructor, and of the course."""
    return (
        CounterItem(InstructorDay, keys.instructor_day(instructor_id, at)),
        CounterItem(InstructorDay, keys.course_day(instructor_id, course_id, at)),
    )


def instructor_student_counter(instructor_id: str, student_id: str) -> CounterItem:
    """In how many courses (`courses`) of the instructor the person has access: who has one, or more, is one of the
    instructor's `students`."""
    return CounterItem(InstructorStudent, keys.instructor_student(instructor_id, student_id))


def instructor_id_of(student: Key) -> str:
    """Whose student it is."""
    return student.pk.removeprefix("INSTRUCTOR#").removesuffix("#STUDENTS")


def course_counters(course_id: str) -> CounterItem:
    return CounterItem(CourseCounters, keys.course_counters(course_id))


def lesson_completion_counters(course_id: str) -> CounterItem:
    return CounterItem(LessonCompletionCounters, keys.lesson_completion_counters(course_id))


def revenue_month_counters(at: datetime) -> CounterItem:
    return CounterItem(RevenuePeriod, keys.revenue_month(at))


def revenue_day_counters(at: datetime) -> CounterItem:
    return CounterItem(RevenuePeriod, keys.revenue_day(at))
