"""Scenario: the three dashboards. Their counters must increase exactly by the effects of the other scenarios."""

import time
from dataclasses import dataclass
from typing import Any, Final

from cli._demo.accounts import COUPON_PRICE, PART_REFUNDED
from cli._demo.client import ApiUser, Response
from cli._demo.courses import NEW_PRICE, OLD_PRICE, DemoCourses, rupees
from cli._demo.output import StepFailed

_GROSS: Final = 3 * OLD_PRICE + NEW_PRICE + COUPON_PRICE
_REFUNDED: Final = NEW_PRICE + PART_REFUNDED
_NET: Final = _GROSS - _REFUNDED
_STABLE_SECONDS: Final = 1.0
_ADMIN_DASHBOARD: Final = "/api/dashboard/admin"

EXPECTED_INCREASES: Final = {
    "users.total": 6,
    "users.students": 5,
    "users.instructors": 1,
    "users.admins": 0,
    "courses.total": 3,
    "courses.published": 2,
    "courses.draft": 1,
    "courses.hidden": 0,
    "enrollments.total": 6,
    "enrollments.pending": 1,
    "enrollments.active": 4,
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
"""The increase of each counter of the admin dashboard from the first registration to the last refund."""


@dataclass(frozen=True)
class AdminCounters:
    """Counters of the admin dashboard by path; amounts in paise; `month` sums all months."""

    counters: dict[str, int]


def read_stable_counters(admin: ApiUser) -> AdminCounters:
    """The counters after they have been stable for a second: earlier changes may still be in the stream."""
    counters: dict[str, int] = {}
    stable_since = time.monotonic()

    def is_stable(response: Response) -> bool:
        nonlocal counters, stable_since
        if counters != (current := _counters(response)):
            counters, stable_since = current, time.monotonic()
        return time.monotonic() - stable_since >= _STABLE_SECONDS

    admin.eventually(_ADMIN_DASHBOARD, is_stable).expect(200)
    return AdminCounters(counters)


def check_admin(admin: ApiUser, before: AdminCounters, courses: DemoCourses) -> None:
    expected_counters = {path: before.counters[path] + increase for path, increase in EXPECTED_INCREASES.items()}

    def is_up_to_date(response: Response) -> bool:
        return _counters(response) == expected_counters and _instructor_entry(response, courses) is not None

    response = admin.eventually(_ADMIN_DASHBOARD, is_up_to_date)
    response.expect(200)
    found = _counters(response)
    increases = {path: found[path] - before.counters[path] for path in EXPECTED_INCREASES}
    admin.output.add_line("increased by " + ", ".join(f"{path} {value}" for path, value in increases.items() if value))
    wrong = [
        f"{path} increased by {increases[path]}, not {EXPECTED_INCREASES[path]}"
        for path in EXPECTED_INCREASES
        if increases[path] != EXPECTED_INCREASES[path]
    ]
    if wrong:
        raise StepFailed("; ".join(wrong))
    entry = _instructor_entry(response, courses)
    expected = {"courses": 3, "published": 2, "enrollments": 5, "students": 4, "completions": 1}
    if entry is None or {**entry, **expected, "revenue": [rupees(_NET)]} != entry:
        raise StepFailed(f"the instructor's entry is {entry}")


def check_instructor(courses: DemoCourses) -> None:
    response = courses.instructor.eventually(
        "/api/dashboard/instructor",
        lambda seen: (
            (seen.value_at("revenue"), seen.value_at("completions"), seen.value_at("active_students"))
            == ([rupees(_NET)], 1, 4)
        ),
    )
    course_counters = {"total_courses": 3, "published_courses": 2, "draft_courses": 1}
    learner_counters = {"total_enrollments": 5, "active_students": 4, "completions": 1}
    response.expect(200, {**course_counters, **learner_counters, "revenue": [rupees(_NET)]})
    by_id = {course["id"]: course for course in response.value_at("courses")}
    paid, free = by_id[courses.paid_id], by_id[courses.free_id]
    expected = [
        ({"pending": 1, "active": 3, "completed": 1, "cancelled": 0}, 25, [rupees(_NET)]),
        ({"pending": 0, "active": 1, "completed": 0, "cancelled": 0}, 0, []),
    ]
    found = [(course["enrollments"], course["completion_rate"], course["revenue"]) for course in (paid, free)]
    if found != expected:
        raise StepFailed(f"per course: expected {expected}, got {found}")


def check_student(courses: DemoCourses, learner: ApiUser) -> None:
    response = learner.get("/api/dashboard/student")
    free = {"active.0.course_id": courses.free_id, "active.0.progress.percent": 0, "active.1": None}
    paid = {"completed.0.course_id": courses.paid_id, "completed.0.progress.percent": 100, "completed.1": None}
    response.expect(200, {**free, **paid, "pending": [], "active.0.next_lesson.title": "Four beats"})


def _counters(response: Response) -> dict[str, int]:
    found = {
        path: response.value_at(path) for path in EXPECTED_INCREASES if not path.startswith(("revenue.", "month."))
    }
    for name in ("gross", "refunded", "net"):
        found[f"revenue.{name}"] = _sum(response.value_at(f"revenue.{name}"))
        found[f"month.{name}"] = _sum([month[name] for month in response.value_at("revenue.by_month") or []])
    return {path: found[path] or 0 for path in EXPECTED_INCREASES}


def _sum(amounts: list[dict[str, Any]] | None) -> int:
    return sum(money["amount"] for money in amounts or [] if money["currency"] == "INR")


def _instructor_entry(response: Response, courses: DemoCourses) -> dict[str, Any] | None:
    listed = response.value_at("instructors") or []
    return next((entry for entry in listed if entry["id"] == courses.instructor.id), None)
