"""Read models of an instructor: totals, courses, days, ranking and students. No decision is made from them."""

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from shared.db.entities.counters import CourseStatusCounters, EnrollmentStatusCounters, RevenueCounters
from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import CourseStatus


class InstructorTotals(ListingIndexed, EnrollmentStatusCounters, CourseStatusCounters, RevenueCounters):
    """`INSTRUCTOR#u / TOTALS`; gsi1 lists instructors by `last_activity` (their newest course edit).

    `students` counts distinct students with an active or completed enrollment."""

    KIND: ClassVar[str] = "instructor_totals"

    instructor_id = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    named_at = TimeAttribute(null=True)
    last_activity = TimeAttribute(null=True)
    students = IntAttribute(default=0)


class InstructorCourse(ListingIndexed, EnrollmentStatusCounters, RevenueCounters):
    """`INSTRUCTOR#u / COURSE#c`: a course's counters and the attributes that lists show; gsi1 ranks by net revenue.

    `lessons_done` is the number of completions, by learners with access, of the `lesson_count` lessons in the outline.
    It was computed from version `studied_outline` of the outline and revision `studied_tally` of the lesson completion
    counters."""

    KIND: ClassVar[str] = "instructor_course"
    NON_COUNTERS: ClassVar[frozenset[str]] = frozenset(
        {"amount", "lessons_done", "lesson_count", "studied_outline", "studied_tally"}
    )

    course_id = UnicodeAttribute()
    instructor_id = UnicodeAttribute()
    instructor_name = UnicodeAttribute(null=True)
    title = UnicodeAttribute(null=True)
    status = EnumAttribute(CourseStatus, null=True)
    hidden = BooleanAttribute(default=False)
    closed = BooleanAttribute(default=False)
    moderation_reason = UnicodeAttribute(null=True)
    amount = IntAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    created_at = TimeAttribute(null=True)
    published_at = TimeAttribute(null=True)
    lessons_done = IntAttribute(null=True)
    lesson_count = IntAttribute(null=True)
    studied_outline = IntAttribute(null=True)
    studied_tally = IntAttribute(null=True)


class InstructorDay(RevenueCounters):
    """`INSTRUCTOR#u#DAYS / DAY#2026-11-30`, and `COURSE#c#DAY#2026-11-30` for each course: enrollments activated and
    completed on that day of the seller, and revenue."""

    KIND: ClassVar[str] = "teaching_day"

    enrolled = IntAttribute(default=0)
    completed = IntAttribute(default=0)


class InstructorRanking(ListingIndexed, Item):
    """`INSTRUCTOR#u#STANDING / EARNED`; gsi1 ranks instructors by net revenue."""

    KIND: ClassVar[str] = "instructor_standing"

    instructor_id = UnicodeAttribute()


class InstructorStudent(Item):
    """`INSTRUCTOR#u#STUDENTS / s`: `courses` is the number of the instructor's courses that this student has access
    to."""

    KIND: ClassVar[str] = "instructor_student"

    courses = IntAttribute(default=0)
