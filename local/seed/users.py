"""The users of the demo data, read from users.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_name("users.toml")


@dataclass(frozen=True)
class DemoReversal:
    """How captured money went back, or was asked for, and when. `kind`: "refund" (an admin's), "refund_at_gateway" (in
    Razorpay's dashboard), "lost_dispute", "open_dispute", or a request of the student: "open_request",
    "approved_request" or "declined_request". `rupees` of a refund: 0 is the whole amount."""

    kind: str
    days_ago: int
    rupees: int = 0


@dataclass(frozen=True)
class DemoEnrollment:
    """A student's enrollment, made `days_ago`. `payment` of a paid course: "paid" or "open" (an unpaid order).
    `rating` 0 means no review; `review` is its text."""

    course: str
    days_ago: int
    progress_percent: int = 0
    payment: str = "paid"
    coupon: str = ""
    rating: int = 0
    review: str = ""
    reversal: DemoReversal | None = None


@dataclass(frozen=True)
class DemoUser:
    """`key` is the first part of the e-mail address. `state` is the two-digit code of an Indian State. A firm has
    `gstin`, `firm_name` and `firm_address`."""

    key: str
    name: str
    role: str
    headline: str = ""
    bio: str = ""
    state: str = ""
    gstin: str = ""
    firm_name: str = ""
    firm_address: str = ""
    enrollments: tuple[DemoEnrollment, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.key}@lectern.example"

    @property
    def profile(self) -> dict[str, str]:
        """The fields of the profile that registration does not take."""
        fields = ("headline", "bio", "gstin", "firm_name", "firm_address")
        return {name: getattr(self, name) for name in fields if getattr(self, name)}

    def enrollments_of(self, days_ago: int) -> list[DemoEnrollment]:
        return [enrollment for enrollment in self.enrollments if enrollment.days_ago == days_ago]

    @property
    def first_visit(self) -> int:
        """The day, in days ago, on which the student registers."""
        return max(enrollment.days_ago for enrollment in self.enrollments)

    @property
    def last_visit(self) -> int:
        """The last day, in days ago, on which the student enrolls. Only then are lessons completed."""
        return min(enrollment.days_ago for enrollment in self.enrollments)


def read_users() -> tuple[list[DemoUser], list[DemoUser]]:
    """(instructors, students)."""
    tables = tomllib.loads(_FILE.read_text("utf-8"))
    instructors = [DemoUser(role="instructor", **fields) for fields in tables["instructors"]]
    return instructors, [_student(fields) for fields in tables["students"]]


def _student(fields: Mapping[str, Any]) -> DemoUser:
    enrollments = tuple(_enrollment(each) for each in fields["enrollments"])
    return DemoUser(**{**fields, "role": "student", "enrollments": enrollments})


def _enrollment(fields: Mapping[str, Any]) -> DemoEnrollment:
    reversal = fields.get("reversal")
    return DemoEnrollment(**{**fields, "reversal": DemoReversal(**reversal) if reversal else None})
