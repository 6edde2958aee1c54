"""What one change does to the read models."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared.db.figures import Place, StudentChange


class Naming(NamedTuple):
    instructor_id: str
    name: str
    since: datetime
    named_at: datetime


class Activity(NamedTuple):
    instructor_id: str
    name: str
    at: datetime


@dataclass
class Projection:
    """`counts` and `student` are added once per event. The rest is brought up to date from the current state, so doing
    it again does no harm: `course_id`'s lists, the rank of `earner` (instructor, course), an instructor's name and
    last activity."""

    counts: defaultdict[Place, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    student: StudentChange | None = None
    course_id: str | None = None
    earner: tuple[str, str] | None = None
    naming: Naming | None = None
    activity: Activity | None = None

    @property
    def counted(self) -> bool:
        """Whether there is anything to count."""
        return self.student is not None or any(any(amounts.values()) for amounts in self.counts.values())
