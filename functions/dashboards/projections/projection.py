"""The effect of one change on the read models: counter amounts, and refreshes of read models that show a state."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared import clock
from shared.db.entities import Enrollment, Payment
from shared.db.payments import examinations
from shared.db.read_models import (
    catalogue_writer,
    course_completion,
    instructor_listing,
    instructor_names,
    payment_register,
    rankings,
)
from shared.db.read_models.counter_items import CounterItem
from shared.db.table.changes import recorded_values
from shared.db.table.keys import Key


@dataclass(frozen=True, slots=True)
class RefreshCatalogue:
    """Refreshes the lists that contain a course."""

    course_id: str

    def __call__(self) -> None:
        catalogue_writer.refresh_course(self.course_id)


@dataclass(frozen=True, slots=True)
class RefreshRanking:
    """Refreshes the ranking of a course and its instructor by net revenue."""

    instructor_id: str
    course_id: str

    def __call__(self) -> None:
        rankings.update_rankings(self.instructor_id, self.course_id)


@dataclass(frozen=True, slots=True)
class RefreshCompletion:
    """Refreshes the average progress of a course."""

    course_id: str

    def __call__(self) -> None:
        course_completion.update_completion(self.course_id)


@dataclass(frozen=True, slots=True)
class RefreshPaymentRegister:
    """Refreshes the entry of a payment in the register."""

    order_id: str

    def __call__(self) -> None:
        payment_register.refresh_payment(self.order_id)


@dataclass(frozen=True, slots=True)
class RefreshInstructorName:
    """Refreshes the name in the admin's list of instructors."""

    instructor_id: str
    name: str
    joined_at: datetime
    named_at: datetime
    is_instructor: bool

    def __call__(self) -> None:
        instructor_listing.set_instructor_name(
            self.instructor_id, self.name, self.joined_at, self.named_at, is_instructor=self.is_instructor
        )


@dataclass(frozen=True, slots=True)
class RefreshNameOnAllCourses:
    """Refreshes the instructor's name on all of their courses."""

    instructor_id: str

    def __call__(self) -> None:
        instructor_names.update_all_courses(self.instructor_id)


@dataclass(frozen=True, slots=True)
class RefreshNameOnCourse:
    """Refreshes the instructor's name on one course, which may have been created with an older name."""

    instructor_id: str
    course_id: str

    def __call__(self) -> None:
        instructor_names.update_courses(self.instructor_id, [self.course_id])


@dataclass(frozen=True, slots=True)
class RefreshInstructorActivity:
    """Refreshes the time of the instructor's last edit of a course."""

    instructor_id: str
    name: str
    at: datetime

    def __call__(self) -> None:
        instructor_listing.record_activity(self.instructor_id, self.name, self.at)


@dataclass(frozen=True, slots=True)
class ReportChange:
    """Reports to the invariant check that an order or the enrollment of a learner changed."""

    user_id: str
    course_id: str

    def __call__(self) -> None:
        examinations.report_change(self.user_id, self.course_id, clock.now())


def reported_changes(old: Payment | Enrollment | None, new: Payment | Enrollment | None) -> list["Refresh"]:
    """The report of the change, unless it only moved the next poll: an unpaid order is polled for days, and no check
    looks at the polls in between."""
    item = new or old
    if item is None or (old and new and new.due_at and _content(old) == _content(new)):
        return []
    return [ReportChange(item.user_id, item.course_id)]


def _content(item: Payment | Enrollment) -> dict[str, Any]:
    return {name: value for name, value in recorded_values(item).items() if name not in ("version", "updated_at")}


Refresh = (
    RefreshCatalogue
    | RefreshRanking
    | RefreshCompletion
    | RefreshPaymentRegister
    | RefreshInstructorName
    | RefreshNameOnAllCourses
    | RefreshNameOnCourse
    | RefreshInstructorActivity
    | ReportChange
)
"""Updates a read model from the current state, or reports a change. Running it twice, late, or once for many changes
has the same result."""


@dataclass
class Projection:
    """`counts` are the amounts that the change adds to counters. `dependent_sources` are other items (kind, key) whose
    contribution changes with it. `refreshes` are the read models to update."""

    counts: defaultdict[CounterItem, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    dependent_sources: list[tuple[str, Key]] = field(default_factory=list)
    refreshes: list[Refresh] = field(default_factory=list)

    @property
    def has_counts(self) -> bool:
        """Whether any amount is not zero."""
        return any(any(amounts.values()) for amounts in self.counts.values())
