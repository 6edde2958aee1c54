"""Where figures are kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.db import keys
from shared.db.base import KINDS, Item
from shared.db.entities import (
    CourseFigures,
    CourseTally,
    InstructorCourse,
    InstructorStudent,
    InstructorTotals,
    PlatformTotals,
    RevenuePeriod,
    TeachingDay,
)
from shared.db.keys import Key


@dataclass(frozen=True, slots=True)
class Place:
    """An item that keeps figures; `identity` are the attributes that say whose they are."""

    kind: type[Item]
    key: Key
    identity: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.kind.KIND} {self.key.pk} {self.key.sk}"

    @staticmethod
    def known(text: str) -> bool:
        """Whether this version of the code knows the kind of figures that is named."""
        return text.partition(" ")[0] in KINDS

    @classmethod
    def named(cls, text: str) -> "Place":
        """The inverse of `str`, without the identity."""
        kind, pk, sk = text.split(" ")
        return cls(KINDS[kind], Key(pk, sk))


Counts = Mapping[Place, Counter[str]]


def of_platform(subject: str) -> Place:
    """The share of the platform's totals that this subject counts into."""
    return Place(PlatformTotals, keys.platform_totals(sum(subject.encode()) % keys.PLATFORM_SHARDS))


def of_instructor(instructor_id: str) -> Place:
    return Place(InstructorTotals, keys.instructor_totals(instructor_id), (("instructor_id", instructor_id),))


def of_instructor_course(instructor_id: str, course_id: str) -> Place:
    whose = (("instructor_id", instructor_id), ("course_id", course_id))
    return Place(InstructorCourse, keys.instructor_course(instructor_id, course_id), whose)


def of_teaching(instructor_id: str, course_id: str, at: datetime) -> tuple[Place, Place]:
    """A day of the instructor, and of the course."""
    return (
        Place(TeachingDay, keys.instructor_day(instructor_id, at)),
        Place(TeachingDay, keys.course_day(instructor_id, course_id, at)),
    )


def of_student(instructor_id: str, student_id: str) -> Place:
    """In how many courses (`courses`) of the instructor the person has access: who has one, or more, is one of the
    instructor's `students`."""
    return Place(InstructorStudent, keys.instructor_student(instructor_id, student_id))


def instructor_of(student: Key) -> str:
    """Whose student it is."""
    return student.pk.removeprefix("INSTRUCTOR#").removesuffix("#STUDENTS")


def of_course(course_id: str) -> Place:
    return Place(CourseFigures, keys.course_figures(course_id))


def of_tally(course_id: str) -> Place:
    return Place(CourseTally, keys.course_tally(course_id))


def of_month(at: datetime) -> Place:
    return Place(RevenuePeriod, keys.revenue_month(at))


def of_day(at: datetime) -> Place:
    return Place(RevenuePeriod, keys.revenue_day(at))
