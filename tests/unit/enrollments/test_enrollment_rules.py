"""The rules of enrollment: who may enroll, what each transition changes, and which order is offered again."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, ORDER_ID, make_enrollment
from shared.db.entities import Course
from shared.db.table import keys
from shared.domain.changes import UNCHANGED, EnrollmentChanges, Order, changed_fields
from shared.domain.lifecycle import CourseLevel, CourseStatus, EnrollmentStatus, StatusReason
from shared.enrollment_rules import (
    EnrollmentAlreadyActive,
    EnrollmentAlreadyCompleted,
    Offer,
    OwnCourse,
    activation_changes,
    cancellation_changes,
    has_payable_order,
    has_resumable_order,
    pending_changes,
    pending_for_order_changes,
    require_may_enroll,
    resume_order_changes,
    withdrawal_changes,
)
from shared.errors import CourseNotFound

LEARNER, INSTRUCTOR = "usr_2", "usr_1"
WINDOW_ENDS_AT = NOW + timedelta(minutes=30)
ORDER = Order(ORDER_ID, AMOUNT, "INR", WINDOW_ENDS_AT)
OFFERED: dict[str, Any] = {
    "order_id": ORDER_ID,
    "order_amount": AMOUNT,
    "order_currency": "INR",
    "order_window_ends_at": WINDOW_ENDS_AT,
}


def make_course(**changes: Any) -> Course:
    """A published course at AMOUNT."""
    return Course.build(
        keys.course("crs_1"),
        **{
            "course_id": "crs_1",
            "instructor_id": INSTRUCTOR,
            "instructor_name": "Asha Rao",
            "title": "Ragas",
            "description": "Ten ragas.",
            "category": "music",
            "level": CourseLevel.BEGINNER,
            "language": "en",
            "amount": AMOUNT,
            "currency": "INR",
            "status": CourseStatus.PUBLISHED,
            "version": 1,
            "created_at": NOW,
            "updated_at": NOW,
            **changes,
        },
    )


class TestRequireMayEnroll:
    @pytest.mark.parametrize("status", [None, EnrollmentStatus.PENDING, EnrollmentStatus.CANCELLED])
    def test_require_may_enroll_without_access_returns_the_course(self, status: EnrollmentStatus | None) -> None:
        course = make_course()
        assert require_may_enroll(LEARNER, course, make_enrollment(status) if status else None) is course

    @pytest.mark.parametrize("course", [None, make_course(), make_course(hidden=True)])
    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (EnrollmentStatus.ACTIVE, EnrollmentAlreadyActive),
            (EnrollmentStatus.COMPLETED, EnrollmentAlreadyCompleted),
        ],
    )
    def test_require_may_enroll_with_access_raises_whatever_became_of_the_course(
        self, course: Course | None, status: EnrollmentStatus, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            require_may_enroll(LEARNER, course, make_enrollment(status))

    @pytest.mark.parametrize(
        "course",
        [
            None,
            make_course(hidden=True),
            make_course(status=CourseStatus.DRAFT),
            make_course(status=CourseStatus.ARCHIVED),
            make_course(status=CourseStatus.DRAFT, instructor_id=LEARNER),
        ],
        ids=["absent", "hidden", "draft", "archived", "own draft"],
    )
    def test_require_may_enroll_in_course_that_is_not_open_raises_course_not_found(self, course: Course | None) -> None:
        with pytest.raises(CourseNotFound) as raised:
            require_may_enroll(LEARNER, course, None)
        assert raised.value.detail == "there is no such course, or it is not open for enrollment"

    def test_require_may_enroll_in_own_course_raises_own_course(self) -> None:
        with pytest.raises(OwnCourse):
            require_may_enroll(INSTRUCTOR, make_course(), None)


class TestChanges:
    """Each transition sets exactly these fields; None removes a value, an absent field keeps it."""

    def test_activation_clears_the_reason_and_the_awaited_order(self) -> None:
        assert changed_fields(activation_changes("free", NOW)) == {
            "status": EnrollmentStatus.ACTIVE,
            "reason": None,
            "granted_by": "free",
            "activated_at": NOW,
            "completed_at": None,
            "cancelled_at": None,
            "awaited_order": None,
            "pending_until": None,
        }

    def test_cancellation_clears_the_basis_and_the_awaited_order(self) -> None:
        assert changed_fields(cancellation_changes(StatusReason.REVOKED, NOW)) == {
            "status": EnrollmentStatus.CANCELLED,
            "reason": StatusReason.REVOKED,
            "granted_by": None,
            "cancelled_at": NOW,
            "awaited_order": None,
            "pending_until": None,
        }

    def test_withdrawal_keeps_the_awaited_order(self) -> None:
        assert changed_fields(withdrawal_changes(NOW)) == {
            "status": EnrollmentStatus.CANCELLED,
            "reason": StatusReason.WITHDRAWN,
            "granted_by": None,
            "cancelled_at": NOW,
            "pending_until": None,
        }

    @pytest.mark.parametrize(
        ("changes", "further"),
        [
            (pending_changes(WINDOW_ENDS_AT), {"awaited_order": None, "pending_until": WINDOW_ENDS_AT}),
            (pending_for_order_changes(ORDER), {"awaited_order": ORDER, "pending_until": None}),
            (resume_order_changes(), {"pending_until": None}),
        ],
        ids=["without an order", "for a new order", "for the order that it kept"],
    )
    def test_pending_clears_what_an_earlier_access_left(
        self, changes: EnrollmentChanges, further: dict[str, Any]
    ) -> None:
        assert changed_fields(changes) == {
            "status": EnrollmentStatus.PENDING,
            "reason": None,
            "granted_by": None,
            "completed_at": None,
            "cancelled_at": None,
            **further,
        }

    def test_no_transition_touches_holds_or_the_certificate(self) -> None:
        transitions = [
            activation_changes("free", NOW),
            cancellation_changes(StatusReason.REFUNDED, NOW),
            withdrawal_changes(NOW),
            pending_changes(NOW),
            pending_for_order_changes(ORDER),
            resume_order_changes(),
        ]
        assert {field.name for field in fields(EnrollmentChanges)} >= {"orders_on_hold", "certificate_id"}
        assert {each.orders_on_hold for each in transitions} == {UNCHANGED}
        assert {each.certificate_id for each in transitions} == {UNCHANGED}


class TestOfferedOrder:
    @pytest.mark.parametrize(
        ("now", "is_payable"),
        [(WINDOW_ENDS_AT - timedelta(milliseconds=1), True), (WINDOW_ENDS_AT, False)],
        ids=["a moment before the end of the window", "at the end of the window"],
    )
    def test_order_is_payable_until_its_window_ends(self, now: Any, is_payable: bool) -> None:
        enrollment = make_enrollment(EnrollmentStatus.PENDING, **OFFERED)
        assert has_payable_order(enrollment, Offer.of(make_course(), now), now) is is_payable

    @pytest.mark.parametrize(
        "course", [make_course(amount=AMOUNT + 1), make_course(currency="USD")], ids=["price", "currency"]
    )
    def test_order_of_another_price_is_not_payable(self, course: Course) -> None:
        enrollment = make_enrollment(EnrollmentStatus.PENDING, **OFFERED)
        assert has_payable_order(enrollment, Offer.of(course, NOW), NOW) is False

    def test_enrollment_without_an_order_has_no_payable_order(self) -> None:
        assert has_payable_order(make_enrollment(EnrollmentStatus.PENDING), Offer.of(make_course(), NOW), NOW) is False

    @pytest.mark.parametrize(
        ("status", "reason", "is_resumable"),
        [
            (EnrollmentStatus.CANCELLED, StatusReason.WITHDRAWN, True),
            (EnrollmentStatus.CANCELLED, StatusReason.EXPIRED, False),
            (EnrollmentStatus.PENDING, None, False),
            (EnrollmentStatus.ACTIVE, StatusReason.WITHDRAWN, False),
        ],
    )
    def test_only_a_withdrawn_order_is_resumable(
        self, status: EnrollmentStatus, reason: StatusReason | None, is_resumable: bool
    ) -> None:
        enrollment = make_enrollment(status, reason=reason, **OFFERED)
        assert has_resumable_order(enrollment, Offer.of(make_course(), NOW), NOW) is is_resumable
        assert has_resumable_order(enrollment, Offer.of(make_course(), NOW), WINDOW_ENDS_AT) is False
