"""The users of the demo data, read from users.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_name("users.toml")


@dataclass(frozen=True)
class DemoEnrollment:
    """A student's enrollment. `payment` of a paid course: "paid", "refunded", or "open" (an unpaid order).
    `rating` 0 means no review; `review` is its text."""

    course: str
    progress_percent: int = 0
    payment: str = "paid"
    rating: int = 0
    review: str = ""


@dataclass(frozen=True)
class DemoUser:
    """`key` is the first part of the e-mail address."""

    key: str
    name: str
    role: str
    headline: str = ""
    bio: str = ""
    enrollments: tuple[DemoEnrollment, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.key}@lectern.example"


def read_users() -> tuple[list[DemoUser], list[DemoUser]]:
    """(instructors, students)."""
    tables = tomllib.loads(_FILE.read_text("utf-8"))
    instructors = [DemoUser(role="instructor", **fields) for fields in tables["instructors"]]
    return instructors, [_student(fields) for fields in tables["students"]]


def _student(fields: Mapping[str, Any]) -> DemoUser:
    enrollments = tuple(DemoEnrollment(**enrollment) for enrollment in fields["enrollments"])
    return DemoUser(fields["key"], fields["name"], "student", enrollments=enrollments)
