"""The dashboard of a student."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.dashboards.student_schemas import (
    LessonSummaryOut,
    PendingEnrollmentStepOut,
    RecentCourseOut,
    StudentDashboardOut,
    StudentEnrollmentOut,
)
from shared import clock
from shared.db.enrollments import enrollment_details
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Enrollment, Lesson
from shared.db.read_models import dashboard_queries
from shared.db.read_models.catalogue_cards import is_listed
from shared.domain.lifecycle import EnrollmentStatus
from shared.domain.progress import next_lesson
from shared.enrollment_schemas import enrollment_fields
from shared.schemas import Money

MAX_ENROLLMENTS: Final = 50
MAX_RECENT_COURSES: Final = 5


@dataclass(frozen=True)
class _RecentStudy:
    """An enrollment with the lesson and the time of the last progress."""

    details: EnrollmentDetails
    lesson_id: str | None
    studied_at: datetime


def dashboard(student_id: str) -> StudentDashboardOut:
    """The student's enrollments by status, and the courses studied last.

    Makes three calls: enrollments with progress, their courses and outlines, and the next and last lessons. Raises
    StoreUnavailable."""
    listed, next_key = enrollment_details.list_by_user(student_id, MAX_ENROLLMENTS, None, None)
    next_lesson_ids = {details.enrollment.course_id: _next_lesson_id(details) for details in listed}
    recent = _recent_studies(listed)
    lessons = _read_lessons(next_lesson_ids, recent)

    def with_status(status: EnrollmentStatus) -> list[StudentEnrollmentOut]:
        selected = [details for details in listed if details.enrollment.status is status]
        return [
            _student_enrollment(details, lessons.get(next_lesson_ids[details.enrollment.course_id] or ""))
            for details in selected
        ]

    return StudentDashboardOut(
        active=with_status(EnrollmentStatus.ACTIVE),
        completed=with_status(EnrollmentStatus.COMPLETED),
        pending=with_status(EnrollmentStatus.PENDING),
        recent=[_recent_course(study, lessons) for study in recent],
        has_more=next_key is not None,
    )


def _read_lessons(next_lesson_ids: Mapping[str, str | None], recent: list[_RecentStudy]) -> dict[str, Lesson]:
    """The next lessons (course id to lesson id) and the lessons studied last, by lesson id."""
    wanted = [(course_id, lesson_id) for course_id, lesson_id in next_lesson_ids.items() if lesson_id]
    wanted += [(study.details.enrollment.course_id, study.lesson_id) for study in recent if study.lesson_id]
    return dashboard_queries.get_lessons(wanted)


def _student_enrollment(details: EnrollmentDetails, upcoming: Lesson | None) -> StudentEnrollmentOut:
    return StudentEnrollmentOut(
        **enrollment_fields(details),
        closed_to_learners=details.is_closed,
        next_lesson=_lesson_summary(upcoming),
        next_step=_next_step(details),
        last_studied_at=details.progress.last_studied_at if details.progress else None,
    )


def _recent_studies(listed: list[EnrollmentDetails]) -> list[_RecentStudy]:
    """The accessible courses with the latest progress, latest first."""
    accessible = [details for details in listed if details.enrollment.status.gives_access and not details.is_closed]
    studies = [
        _RecentStudy(details, details.progress.last_lesson_id, studied_at)
        for details in accessible
        if details.progress and (studied_at := details.progress.last_studied_at)
    ]
    return sorted(studies, key=lambda study: study.studied_at, reverse=True)[:MAX_RECENT_COURSES]


def _recent_course(study: _RecentStudy, lessons: Mapping[str, Lesson]) -> RecentCourseOut:
    course = study.details.course
    return RecentCourseOut(
        course_id=study.details.enrollment.course_id,
        title=course.title if course else "",
        lesson=_lesson_summary(lessons.get(study.lesson_id or "")),
        last_studied_at=study.studied_at,
    )


def _next_step(details: EnrollmentDetails) -> PendingEnrollmentStepOut | None:
    """The next step of a pending enrollment; None for any other enrollment."""
    enrollment, course = details.enrollment, details.course
    if enrollment.status is not EnrollmentStatus.PENDING:
        return None
    payable = _payable_order_step(enrollment)
    if payable:
        return payable
    if course is None or not is_listed(course):
        return PendingEnrollmentStepOut(action="nothing")
    return PendingEnrollmentStepOut(
        action="order", price=Money(amount=course.price_at(clock.now()), currency=course.currency)
    )


def _payable_order_step(enrollment: Enrollment) -> PendingEnrollmentStepOut | None:
    """The step `pay`; None unless the enrollment has an order that can still be paid."""
    pay_before = enrollment.order_window_ends_at
    if not enrollment.order_id or not pay_before or pay_before <= clock.now():
        return None
    price = Money(amount=enrollment.order_amount or 0, currency=enrollment.order_currency or "")
    return PendingEnrollmentStepOut(action="pay", order_id=enrollment.order_id, price=price, pay_before=pay_before)


def _next_lesson_id(details: EnrollmentDetails) -> str | None:
    """The first incomplete lesson of an active enrollment; None for other enrollments and closed courses."""
    if details.outline is None or details.enrollment.status is not EnrollmentStatus.ACTIVE or details.is_closed:
        return None
    completed = details.progress.completed if details.progress else None
    return next_lesson(completed or (), details.outline.lesson_ids())


def _lesson_summary(lesson: Lesson | None) -> LessonSummaryOut | None:
    if lesson is None:
        return None
    return LessonSummaryOut(
        id=lesson.lesson_id, title=lesson.title, kind=lesson.lesson_kind, duration_seconds=lesson.duration_seconds
    )
