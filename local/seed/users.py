"""The people of the demo data, from users.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_name("users.toml")


@dataclass(frozen=True)
class DemoEnrollment:
    """What a student does with a course: how many percent are done, and what becomes of the payment, if there is one:
    "paid", "refunded" or "open" (an order that nobody has paid yet). `stars` is the rating they give it, if they do,
    and `says` why."""

    course: str
    percent: int = 0
    payment: str = "paid"
    stars: int = 0
    says: str = ""


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
    """Instructors and students."""
    found = tomllib.loads(_FILE.read_text("utf-8"))
    instructors = [DemoUser(role="instructor", **each) for each in found["instructors"]]
    return instructors, [_student(each) for each in found["students"]]


def _student(given: Mapping[str, Any]) -> DemoUser:
    studies = tuple(DemoEnrollment(**each) for each in given["studies"])
    return DemoUser(given["key"], given["name"], "student", enrollments=studies)
