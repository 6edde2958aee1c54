"""What one change does to the read models."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from shared.db import listing, naming, register, standing
from shared.db.figures import Place
from shared.db.keys import Key


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The lists a course is in."""

    course_id: str

    def __call__(self) -> None:
        listing.rebuild(self.course_id)


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a course and its instructor stand by what they earned."""

    instructor_id: str
    course_id: str

    def __call__(self) -> None:
        standing.rank(self.instructor_id, self.course_id)


@dataclass(frozen=True, slots=True)
class Study:
    """How much of a course its learners have done."""

    course_id: str

    def __call__(self) -> None:
        standing.note_studied(self.course_id)


@dataclass(frozen=True, slots=True)
class Enter:
    """A payment's place in the register."""

    order_id: str

    def __call__(self) -> None:
        register.enter(self.order_id)


@dataclass(frozen=True, slots=True)
class Naming:
    """The name an instructor is listed under; of one who teaches no more only if they ever did."""

    instructor_id: str
    name: str
    since: datetime
    named_at: datetime
    teaches: bool

    def __call__(self) -> None:
        standing.name_instructor(self.instructor_id, self.name, self.since, self.named_at, teaches=self.teaches)


@dataclass(frozen=True, slots=True)
class Renaming:
    """The name on all courses of an instructor."""

    instructor_id: str

    def __call__(self) -> None:
        naming.rename_courses(self.instructor_id)


@dataclass(frozen=True, slots=True)
class Signing:
    """The name on a course that was made with an older one."""

    instructor_id: str
    course_id: str

    def __call__(self) -> None:
        naming.sign(self.instructor_id, [self.course_id])


@dataclass(frozen=True, slots=True)
class Activity:
    instructor_id: str
    name: str
    at: datetime

    def __call__(self) -> None:
        standing.note_activity(self.instructor_id, self.name, self.at)


Refresh = Rebuild | Rank | Study | Enter | Naming | Renaming | Signing | Activity
"""Brings something up to date from the current state: doing it again, late, or once for many changes is the same."""


@dataclass
class Projection:
    """`counts` is what the change adds; `also` are items (kind, key) that count otherwise because of it; `refreshes`
    follow."""

    counts: defaultdict[Place, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    also: list[tuple[str, Key]] = field(default_factory=list)
    refreshes: list[Refresh] = field(default_factory=list)

    @property
    def counted(self) -> bool:
        """Whether there is anything to count."""
        return any(any(amounts.values()) for amounts in self.counts.values())
