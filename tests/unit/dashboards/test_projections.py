"""Projections are pure functions: the counter changes for each state, and for each change from one state to another."""

import json
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from functions.dashboards.projections import courses, enrollments, payments, users
from functions.dashboards.projections.projection import (
    RefreshCatalogue,
    RefreshCompletion,
    RefreshInstructorActivity,
    RefreshInstructorName,
    RefreshNameOnAllCourses,
    RefreshNameOnCourse,
    RefreshPaymentRegister,
    RefreshRanking,
    ReportChange,
    reported_changes,
)
from shared import clock
from shared.db.entities import Course, Enrollment, Payment, PaymentEvent, User
from shared.db.read_models import counter_items
from shared.db.table import keys
from shared.db.table.keys import Key
from shared.domain.lifecycle import CourseStatus, EnrollmentStatus, PaymentStatus, Role, StatusReason

NOW = clock.now()
KEY = Key("pk", "sk")
PLATFORM = counter_items.platform_counters("e")


def enrollment(status: EnrollmentStatus | None) -> Enrollment | None:
    if status is None:
        return None
    return Enrollment.build(KEY, user_id="s", course_id="c", instructor_id="i", status=status)


@pytest.mark.parametrize(("before", "after"), list(product([None, *EnrollmentStatus], repeat=2)))
def test_project_enrollment_status_change_moves_counters_by_one(
    before: EnrollmentStatus | None, after: EnrollmentStatus | None
) -> None:
    projected = enrollments.project("e", enrollment(before), enrollment(after))
    for item, prefix in (
        (PLATFORM, "enrollments_"),
        (counter_items.instructor_counters("i"), ""),
        (counter_items.instructor_course_counters("i", "c"), ""),
    ):
        for status in EnrollmentStatus:
            assert projected.counts[item][f"{prefix}{status.value}"] == (status is after) - (status is before)
    learners = bool(after and after.gives_access) - bool(before and before.gives_access)
    assert projected.counts[counter_items.course_counters("c")]["enrollment_count"] == learners
    assert projected.counts[counter_items.instructor_student_counter("i", "s")]["courses"] == learners
    assert projected.dependent_sources == ([("progress", keys.progress("s", "c"))] if learners else [])
    report = [ReportChange("s", "c")] if before or after else []
    assert projected.refreshes == ([RefreshCatalogue("c"), RefreshCompletion("c")] if learners else []) + report
    assert projected.has_counts is (before is not after)


@pytest.mark.parametrize(("before", "after"), list(product([None, *Role], repeat=2)))
def test_project_user_role_change_moves_role_counters(before: Role | None, after: Role | None) -> None:
    def user(role: Role | None) -> User | None:
        attributes: Any = {"user_id": "u", "name": "N", "created_at": NOW, "updated_at": NOW}
        return User.build(KEY, role=role, **attributes) if role else None

    projected = users.project("e", user(before), user(after))
    for role in Role:
        assert projected.counts[PLATFORM][f"users_{role.value}"] == (role is after) - (role is before)
        assert projected.counts[counter_items.revenue_day_counters(NOW)]["users_new"] == bool(after) - bool(before)
    is_instructor = after is Role.INSTRUCTOR
    name_refreshes = [RefreshInstructorName("u", "N", NOW, NOW, is_instructor)] if is_instructor else []
    course_refreshes = [RefreshNameOnAllCourses("u")] if is_instructor and before is None else []
    assert projected.refreshes == name_refreshes + course_refreshes


@pytest.mark.parametrize("status", CourseStatus)
@pytest.mark.parametrize("hidden", [False, True])
def test_project_course_new_course_counts_status_and_hidden_separately(status: CourseStatus, hidden: bool) -> None:
    edited: Any = {"instructor_name": "Asha", "updated_at": NOW}
    course = Course.build(KEY, course_id="c", instructor_id="i", status=status, hidden=hidden, **edited)
    projected = courses.project("e", None, course)
    assert +projected.counts[PLATFORM] == ({f"courses_{status.value}": 1} | ({"courses_hidden": 1} if hidden else {}))
    assert +projected.counts[counter_items.instructor_counters("i")] == (
        {status.value: 1} | ({"hidden": 1} if hidden else {})
    )
    assert projected.refreshes == [
        RefreshCatalogue("c"),
        RefreshInstructorActivity("i", "Asha", NOW),
        RefreshNameOnCourse("i", "c"),
        RefreshCompletion("c"),
    ]


@pytest.mark.parametrize("status", PaymentStatus)
def test_project_payment_counts_only_captured_and_refunded_amounts(status: PaymentStatus) -> None:
    ids: Any = {"order_id": "o", "user_id": "u", "course_id": "c", "instructor_id": "i"}
    attributes: Any = {**ids, "currency": "INR", "updated_at": NOW}
    old = Payment.build(KEY, amount=500, status=PaymentStatus.PENDING, **attributes)
    same = Payment.build(KEY, amount=500, status=status, **attributes)
    register_refresh = [] if status is PaymentStatus.PENDING else [RefreshPaymentRegister("o")]
    assert payments.project("e", old, same).refreshes == [*register_refresh, ReportChange("u", "c")]
    new = Payment.build(KEY, amount=500, status=status, captured_amount=500, refunded_amount=20, **attributes)
    projected = payments.project("e", old, new)
    for item in (
        counter_items.instructor_counters("i"),
        counter_items.instructor_course_counters("i", "c"),
        counter_items.revenue_month_counters(NOW),
    ):
        assert +projected.counts[item] == {"gross_INR": 500, "refunded_INR": 20}
    assert projected.refreshes == [RefreshRanking("i", "c"), *register_refresh, ReportChange("u", "c")]


@pytest.mark.parametrize(
    ("reason", "held", "refunds", "counted"),
    [
        (StatusReason.MISMATCH, False, {}, 1),
        (StatusReason.MISMATCH, True, {}, 1),
        (StatusReason.ORPHANED, True, {}, 1),
        (StatusReason.ORPHANED, True, {"rfnd_1": {"amount": 500, "status": "processed"}}, 0),
        (StatusReason.ORPHANED, False, {}, 0),
        (StatusReason.EXPIRED, False, {}, 0),
    ],
)
def test_project_payment_on_hold_needs_attention(
    reason: StatusReason, held: bool, refunds: dict[str, Any], counted: int
) -> None:
    capture = {"amount": 500, "currency": "INR", "refunds": refunds, "other_returns": {}, "held": held}
    attributes: Any = {"order_id": "o", "course_id": "c", "instructor_id": "i", "currency": "INR", "updated_at": NOW}
    payment = Payment.build(KEY, status=PaymentStatus.FAILED, reason=reason, surplus={"pay_1": capture}, **attributes)
    assert payments.project("e", None, payment).counts[PLATFORM]["payments_mismatch"] == counted


def test_payment_counts_take_refunds_back_on_the_day_on_which_a_step_lowered_them() -> None:
    """A deduction for a dispute on the 24th, and the won dispute on the 26th."""
    attributes: Any = {"order_id": "o", "course_id": "c", "instructor_id": "i", "currency": "INR", "updated_at": NOW}
    payment = Payment.build(KEY, amount=500, status=PaymentStatus.CAPTURED, captured_amount=500, **attributes)
    days = [NOW + timedelta(days=1), NOW + timedelta(days=3)]
    history = [
        PaymentEvent.build(KEY, number=number, at=at, changes=json.dumps({"refunded_amount": amount}))
        for number, (at, amount) in enumerate(zip(days, (500, 0), strict=True))
    ]
    counts = payments.payment_counts("e", payment, history)
    refunded = [counts[counter_items.revenue_day_counters(day)]["refunded_INR"] for day in days]
    assert refunded == [500, -500]
    assert counts[counter_items.instructor_counters("i")]["refunded_INR"] == 0


def polled(version: int, due: str | None = "2026-11-24T12:00:00.000Z", **attributes: Any) -> Payment:
    return Payment.build(KEY, user_id="u", course_id="c", version=version, gsi2sk=due, updated_at=NOW, **attributes)


def test_reported_changes_of_a_new_or_deleted_item_name_the_learner() -> None:
    assert reported_changes(None, polled(1)) == [ReportChange("u", "c")]
    assert reported_changes(polled(1), None) == [ReportChange("u", "c")]


def test_reported_changes_of_a_poll_without_a_result_are_none() -> None:
    assert reported_changes(polled(1), polled(2, "2026-11-27T12:00:00.000Z")) == []


@pytest.mark.parametrize("after", [polled(2, None), polled(2, refunded_amount=1), polled(2, refunds={"rfnd_1": {}})])
def test_reported_changes_of_an_end_of_the_polls_or_of_money_name_the_learner(after: Payment) -> None:
    assert reported_changes(polled(1), after) == [ReportChange("u", "c")]
