"""What one change does to the read models."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from shared.db.read_models import catalogue_writer, instructor_names, payment_register, rankings
from shared.db.read_models.counter_items import CounterItem
from shared.db.table.keys import Key


@dataclass(frozen=True, slots=True)
class RefreshCatalogue:
    """The lists a course is in."""

    course_id: str

    def __call__(self) -> None:
        catalogue_writer.refresh_course(self.course_id)


@dataclass(frozen=True, slots=True)
class RefreshRanking:
    """Where a course and its instructor stand by what they earned."""

    instructor_id: str
    course_id: str

    def __call__(self) -> None:
        rankings.update_rankings(self.instructor_id, self.course_id)


@dataclass(frozen=True, slots=True)
class RefreshCompletion:
    """How much of a course its learners have done."""

    course_id: str

    def __call__(self) -> None:
        rankings.update_completion(self.course_id)


@dataclass(frozen=True, slots=True)
class RefreshPaymentRegister:
    """A payment's place in the register."""

    order_id: str

    def __call__(self) -> None:
        payment_register.refresh_payment(self.order_id)


@dataclass(frozen=True, slots=True)
class RefreshInstructorName:
    """The name an instructor is listed under; of one who teaches no more only if they ever did."""

    instructor_id: str
    name: str
    since: datetime
    named_at: datetime
    is_instructor: bool

    def __call__(self) -> None:
        rankings.set_instructor_name(
            self.instructor_id, self.name, self.since, self.named_at, is_instructor=self.is_instructor
        )


@dataclass(frozen=True, slots=True)
class RefreshNameOnAllCourses:
    """The name on all courses of an instructor."""

    instructor_id: str

    def __call__(self) -> None:
        instructor_names.update_all_courses(self.instructor_id)


@dataclass(frozen=True, slots=True)
class RefreshNameOnCourse:
    """The name on a course that was made with an older one."""

    instructor_id: str
    course_id: str

    def __call__(self) -> None:
        instructor_names.update_courses(self.instructor_id, [self.course_id])


@dataclass(frozen=True, slots=True)
class RefreshInstructorActivity:
    instructor_id: str
    name: str
    at: datetime

    def __call__(self) -> None:
        rankings.record_activity(self.instructor_id, self.name, self.at)


Refresh = (
    RefreshCatalogue
    | RefreshRanking
    | RefreshCompletion
    | RefreshPaymentRegister
    | RefreshInstructorName
    | RefreshNameOnAllCourses
    | RefreshNameOnCourse
    | RefreshInstructorActivity
)
"""Brings something up to date from the current state: doing it again, late, or once for many changes is the same."""


@dataclass
class Projection:
    """`counts` is what the change adds; `also` are items (kind, key) that count otherwise because of it; `refreshes`
    follow."""

    counts: defaultdict[CounterItem, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    dependent_sources: list[tuple[str, Key]] = field(default_factory=list)
    refreshes: list[Refresh] = field(default_factory=list)

    @property
    def has_counts(self) -> bool:
        """Whether there is anything to count."""
        return any(any(amounts.values()) for amounts in self.counts.values())
