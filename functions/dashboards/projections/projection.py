"""What one change does to the read models."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from shared.db import figures, listing, register
from shared.db.figures import Place, StudentChange


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The lists a course is in."""

    course_id: str

    def __call__(self) -> None:
        listing.rebuild(self.course_id)


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a course stands by what it earned."""

    instructor_id: str
    course_id: str

    def __call__(self) -> None:
        figures.rank(self.instructor_id, self.course_id)


@dataclass(frozen=True, slots=True)
class Enter:
    """A payment's place in the register."""

    order_id: str

    def __call__(self) -> None:
        register.enter(self.order_id)


@dataclass(frozen=True, slots=True)
class Naming:
    instructor_id: str
    name: str
    since: datetime
    named_at: datetime

    def __call__(self) -> None:
        figures.name_instructor(self.instructor_id, self.name, self.since, self.named_at)


@dataclass(frozen=True, slots=True)
class Activity:
    instructor_id: str
    name: str
    at: datetime

    def __call__(self) -> None:
        figures.note_activity(self.instructor_id, self.name, self.at)


Refresh = Rebuild | Rank | Enter | Naming | Activity
"""Brings something up to date from the current state: doing it again, late, or once for many changes is the same."""


@dataclass
class Projection:
    """`counts` and `student` are added once per event; `refreshes` follow."""

    counts: defaultdict[Place, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    student: StudentChange | None = None
    refreshes: list[Refresh] = field(default_factory=list)

    @property
    def counted(self) -> bool:
        """Whether there is anything to count."""
        return self.student is not None or any(any(amounts.values()) for amounts in self.counts.values())
