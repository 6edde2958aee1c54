"""The three dashboards, before and after: what the journey did is what they must have grown by, to the last rupee."""

import time
from dataclasses import dataclass
from typing import Any, Final

from cli._demo.client import ApiUser, Response
from cli._demo.courses import NEW_PRICE, OLD_PRICE, DemoCourses, rupees
from cli._demo.output import StepFailed

_GROSS: Final = 3 * OLD_PRICE + NEW_PRICE
_REFUNDED: Final = NEW_PRICE
_NET: Final = 3 * OLD_PRICE
_STABLE_SECONDS: Final = 1.0
_ADMIN_DASHBOARD: Final = "/api/dashboard/admin"

EXPECTED_INCREASES: Final = {
    "users.total": 5,
    "users.students": 4,
    "users.instructors": 1,
    "users.admins": 0,
    "courses.total": 3,
    "courses.published": 2,
    "courses.draft": 1,
    "courses.hidden": 0,
    "enrollments.total": 5,
    "enrollments.pending": 1,
    "enrollments.active": 3,
    "enrollments.completed": 1,
    "enrollments.cancelled": 0,
    "revenue.gross": _GROSS,
    "revenue.refunded": _REFUNDED,
    "revenue.net": _NET,
    "month.gross": _GROSS,
    "month.refunded": _REFUNDED,
    "month.net": _NET,
    "attention.refunds_pending": 0,
    "attention.amount_mismatches": 0,
}
"""By how much each figure of the admin's dashboard grows from the first registration to the last refund."""


@dataclass(frozen=True)
class AdminCounters:
    """The admin's figures by path; money in minor units of INR; `month` sums all months."""

    counters: dict[str, int]


def read_stable_counters(admin: ApiUser) -> AdminCounters:
    """The figures once they stand still: what was done before the journey may still be on its way to them."""
    figures: dict[str, int] = {}
    since = time.monotonic()

    def stands_still(answer: Response) -> bool:
        nonlocal figures, since
        if figures != (now := _counters(answer)):
            figures, since = now, time.monotonic()
        return time.monotonic() - since >= _STABLE_SECONDS

    admin.eventually(_ADMIN_DASHBOARD, stands_still).expect(200)
    return AdminCounters(figures)


def check_admin(admin: ApiUser, before: AdminCounters, shop: DemoCourses) -> None:
    wanted = {path: before.counters[path] + growth for path, growth in EXPECTED_INCREASES.items()}
    answer = admin.eventually(
        _ADMIN_DASHBOARD, lambda seen: _counters(seen) == wanted and _instructor_entry(seen, shop) is not None
    )
    answer.expect(200)
    found = _counters(answer)
    grown = {path: found[path] - before.counters[path] for path in EXPECTED_INCREASES}
    admin.output.add_line("grown by " + ", ".join(f"{path} {value}" for path, value in grown.items() if value))
    wrong = [
        f"{path} grew by {grown[path]}, not {EXPECTED_INCREASES[path]}"
        for path in EXPECTED_INCREASES
        if grown[path] != EXPECTED_INCREASES[path]
    ]
    if wrong:
        raise StepFailed("; ".join(wrong))
    teacher = _instructor_entry(answer, shop)
    expected = {"courses": 3, "published": 2, "enrollments": 4, "students": 3, "completions": 1}
    if teacher is None or {**teacher, **expected, "revenue": [rupees(_NET)]} != teacher:
        raise StepFailed(f"the instructor is shown as {teacher}")


def check_instructor(shop: DemoCourses) -> None:
    answer = shop.instructor.eventually(
        "/api/dashboard/instructor",
        lambda seen: (
            (seen.value_at("revenue"), seen.value_at("completions"), seen.value_at("active_students"))
            == ([rupees(_NET)], 1, 3)
        ),
    )
    courses = {"total_courses": 3, "published_courses": 2, "draft_courses": 1}
    people = {"total_enrollments": 4, "active_students": 3, "completions": 1}
    answer.expect(200, {**courses, **people, "revenue": [rupees(_NET)]})
    by_id = {course["id"]: course for course in answer.value_at("courses")}
    paid, free = by_id[shop.paid_id], by_id[shop.free_id]
    expected = [
        ({"pending": 1, "active": 2, "completed": 1, "cancelled": 0}, 33, [rupees(_NET)]),
        ({"pending": 0, "active": 1, "completed": 0, "cancelled": 0}, 0, []),
    ]
    found = [(each["enrollments"], each["completion_rate"], each["revenue"]) for each in (paid, free)]
    if found != expected:
        raise StepFailed(f"per course: expected {expected}, got {found}")


def check_student(shop: DemoCourses, learner: ApiUser) -> None:
    answer = learner.get("/api/dashboard/student")
    free = {"active.0.course_id": shop.free_id, "active.0.progress.percent": 0, "active.1": None}
    paid = {"completed.0.course_id": shop.paid_id, "completed.0.progress.percent": 100, "completed.1": None}
    answer.expect(200, {**free, **paid, "pending": [], "active.0.next_lesson.title": "Four beats"})


def _counters(answer: Response) -> dict[str, int]:
    found = {path: answer.value_at(path) for path in EXPECTED_INCREASES if not path.startswith(("revenue.", "month."))}
    for name in ("gross", "refunded", "net"):
        found[f"revenue.{name}"] = _sum(answer.value_at(f"revenue.{name}"))
        found[f"month.{name}"] = _sum([month[name] for month in answer.value_at("revenue.by_month") or []])
    return {path: found[path] or 0 for path in EXPECTED_INCREASES}


def _sum(amounts: list[dict[str, Any]] | None) -> int:
    return sum(each["amount"] for each in amounts or [] if each["currency"] == "INR")


def _instructor_entry(answer: Response, shop: DemoCourses) -> dict[str, Any] | None:
    listed = answer.value_at("instructors") or []
    return next((each for each in listed if each["id"] == shop.instructor.id), None)
