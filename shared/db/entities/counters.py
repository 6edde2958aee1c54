"""Figures: counted by the projector from the stream, rebuildable from the write side, never decided from.

A counter that is absent is 0: items come to be by the first `ADD`.
"""

import re
from typing import Any, ClassVar, Final, NamedTuple, Self

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import CourseStatus
from shared.domain.ratings import Ratings

_REVENUE_COUNTER: Final = re.compile("(gross|refunded)_([A-Z]{3})")


class Revenue(NamedTuple):
    """Money of one currency, in its minor unit."""

    gross: int
    refunded: int

    @property
    def net(self) -> int:
        return self.gross - self.refunded


class CourseCounters(Item):
    """`COURSE#c / COURSE#FIGURES`: what anyone may know of a course's success. Active and completed learners, and how
    many of the reviews that are shown give one star, two, … five: sum, number and average follow from these."""

    KIND: ClassVar[str] = "course_figures"

    enrollment_count = IntAttribute(default=0)
    rated_1 = IntAttribute(default=0)
    rated_2 = IntAttribute(default=0)
    rated_3 = IntAttribute(default=0)
    rated_4 = IntAttribute(default=0)
    rated_5 = IntAttribute(default=0)

    @property
    def ratings(self) -> Ratings:
        return Ratings(self.rated_1, self.rated_2, self.rated_3, self.rated_4, self.rated_5)


class EnrollmentStatusCounters:
    """Mixin: enrollments by status."""

    pending = IntAttribute(default=0)
    active = IntAttribute(default=0)
    completed = IntAttribute(default=0)
    cancelled = IntAttribute(default=0)


class CourseStatusCounters:
    """Mixin: courses by status; `hidden` ones are counted under their status too."""

    draft = IntAttribute(default=0)
    published = IntAttribute(default=0)
    archived = IntAttribute(default=0)
    hidden = IntAttribute(default=0)


class RevenueCounters(Item):
    """Mixin: revenue per currency, each in two counters of its own (`gross_INR`, `refunded_INR`), because `ADD` needs
    no parent that is there already. Read into `earned`, currency > Earned."""

    revenue: dict[str, Revenue]

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        found = super().from_raw_data(data)
        amounts: dict[str, dict[str, int]] = {}
        for name, value in data.items():
            if match := _REVENUE_COUNTER.fullmatch(name):
                amounts.setdefault(match[2], {})[match[1]] = int(value["N"])
        found.revenue = {c: Revenue(a.get("gross", 0), a.get("refunded", 0)) for c, a in sorted(amounts.items())}
        return found


class InstructorTotals(ListingIndexed, EnrollmentStatusCounters, CourseStatusCounters, RevenueCounters):
    """`INSTRUCTOR#u / TOTALS`; gsi1 lists instructors by `last_activity` (their newest course edit).

    `students` are distinct people with an active or completed enrollment."""

    KIND: ClassVar[str] = "instructor_totals"

    instructor_id = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    named_at = TimeAttribute(null=True)
    last_activity = TimeAttribute(null=True)
    students = IntAttribute(default=0)


class InstructorCourse(ListingIndexed, EnrollmentStatusCounters, RevenueCounters):
    """`INSTRUCTOR#u / COURSE#c`: a course's figures, and the facts of it that lists show; gsi1 ranks by earnings.

    `lessons_done` of those who have access, taken together, of the `lesson_count` lessons the outline had at version
    `studied_outline`, when the tally was at revision `studied_tally`."""

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
    """`INSTRUCTOR#u#DAYS / DAY#2026-11-30`, and `COURSE#c#DAY#2026-11-30` for each course, in UTC: enrollments that
    began their access on that day, or were completed on it, and money."""

    KIND: ClassVar[str] = "teaching_day"

    enrolled = IntAttribute(default=0)
    completed = IntAttribute(default=0)


class InstructorRanking(ListingIndexed, Item):
    """`INSTRUCTOR#u#STANDING / EARNED`; gsi1 ranks instructors by what they earned."""

    KIND: ClassVar[str] = "instructor_standing"

    instructor_id = UnicodeAttribute()


class LessonCompletionCounters(Item):
    """`COURSE#c / COUNTS`: how many of those who have access have done each lesson, in a counter of its own for each
    (`done_les_…`). `revision` grows with every change."""

    KIND: ClassVar[str] = "course_tally"
    NON_COUNTERS: ClassVar[frozenset[str]] = frozenset({"revision"})

    revision = IntAttribute(default=0)
    done: dict[str, int]

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        found = super().from_raw_data(data)
        found.done = {name[5:]: int(value["N"]) for name, value in data.items() if name.startswith("done_")}
        return found


class InstructorStudent(Item):
    """`INSTRUCTOR#u#STUDENTS / s`: in how many of the instructor's courses this person has access."""

    KIND: ClassVar[str] = "instructor_student"

    courses = IntAttribute(default=0)


class PlatformTotals(Item):
    """`STATS#PLATFORM / SHARD#n`: a share of each total; the platform's figure is the sum of the shares."""

    KIND: ClassVar[str] = "platform_totals"

    users_student = IntAttribute(default=0)
    users_instructor = IntAttribute(default=0)
    users_admin = IntAttribute(default=0)
    courses_draft = IntAttribute(default=0)
    courses_published = IntAttribute(default=0)
    courses_archived = IntAttribute(default=0)
    courses_hidden = IntAttribute(default=0)
    enrollments_pending = IntAttribute(default=0)
    enrollments_active = IntAttribute(default=0)
    enrollments_completed = IntAttribute(default=0)
    enrollments_cancelled = IntAttribute(default=0)
    payments_refund_pending = IntAttribute(default=0)
    payments_mismatch = IntAttribute(default=0)


class RevenuePeriod(RevenueCounters):
    """`STATS#REVENUE / MONTH#2026-11` and `DAY#2026-11-30`, in UTC. Days also count the people who registered."""

    KIND: ClassVar[str] = "revenue_period"

    users_new = IntAttribute(default=0)


class CounterCheckpoint(Item):
    """`COUNTED#pk / sk`: what was counted of the item `pk / sk` of this `source`: the JSON of "kind pk sk" > counter >
    amount. `revision` grows with every write; `run` is the last rebuild it was part of. Only the mark of something
    deleted expires, two days later: twice as long as the stream keeps its records."""

    KIND: ClassVar[str] = "projection_mark"

    source = UnicodeAttribute()
    revision = IntAttribute()
    counted = UnicodeAttribute()
    run = UnicodeAttribute(null=True)
    expires_at = IntAttribute(null=True)


class RebuiltCounters(Item):
    """`REBUILD#run#pk / sk`: the figures `pk / sk`, of a kind `of`, as a rebuild adds them up. `amounts` are its
    counters."""

    KIND: ClassVar[str] = "made_anew"

    of = UnicodeAttribute()
    instructor_id = UnicodeAttribute(null=True)
    course_id = UnicodeAttribute(null=True)
    amounts: dict[str, int]

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        found = super().from_raw_data(data)
        found.amounts = {name: int(value["N"]) for name, value in data.items() if "N" in value}
        return found


class RebuildRun(Item):
    """`REBUILD / RUN`: the last rebuild of the read side, a ULID, and how far it is."""

    KIND: ClassVar[str] = "rebuild_run"

    run = UnicodeAttribute()
    stage = UnicodeAttribute()
    position = UnicodeAttribute(null=True)
    done = IntAttribute(default=0)
    began_at = TimeAttribute()
