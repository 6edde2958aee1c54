"""The dashboard of a student."""

from collections.abc import Sequence
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
from shared.db.entities import Lesson
from shared.db.read_models import dashboard_queries
from shared.domain.catalogue_search import is_listed
from shared.domain.lifecycle import EnrollmentStatus
from shared.domain.progress import next_lesson
from shared.enrollment_schemas import enrollment_fields
from shared.schemas import Money

MAX_ENROLLMENTS: Final = 50
MAX_RECENT_COURSES: Final = 5


def dashboard(student_id: str) -> StudentDashboardOut:
    """Three calls: enrollments with progress, their courses and outlines, the next and the last lessons. Raises
    StoreUnavailable."""
    found, next_key = enrollment_details.list_by_user(student_id, MAX_ENROLLMENTS, None, None)
    upcoming = {each.enrollment.course_id: _next_lesson_id(each) for each in found}
    recent = _recent_courses(found)
    wanted = [(course_id, lesson_id) for course_id, lesson_id in upcoming.items() if lesson_id]
    wanted += [(each.enrollment.course_id, lesson_id) for each, lesson_id, _ in recent if lesson_id]
    lessons = dashboard_queries.get_lessons(wanted)

    def of(status: EnrollmentStatus) -> list[StudentEnrollmentOut]:
        return [
            StudentEnrollmentOut(
                **enrollment_fields(each),
                closed=each.is_closed,
                next_lesson=_lesson_summary(lessons.get(upcoming[each.enrollment.course_id] or "")),
                next_step=_next_step(each),
                last_studied_at=each.progress.last_studied_at if each.progress else None,
            )
            for each in found
            if each.enrollment.status is status
        ]

    return StudentDashboardOut(
        active=of(EnrollmentStatus.ACTIVE),
        completed=of(EnrollmentStatus.COMPLETED),
        pending=of(EnrollmentStatus.PENDING),
        recent=[
            RecentCourseOut(
                course_id=each.enrollment.course_id,
                title=each.course.title if each.course else "",
                lesson=_lesson_summary(lessons.get(lesson_id or "")),
                last_studied_at=at,
            )
            for each, lesson_id, at in recent
        ],
        more=next_key is not None,
    )


def _recent_courses(found: list[EnrollmentDetails]) -> Sequence[tuple[EnrollmentDetails, str | None, datetime]]:
    """The courses studied last, with the lesson and the moment."""
    open_to_them = (each for each in found if each.enrollment.status.gives_access and not each.is_closed)
    studied = [
        (each, each.progress.last_lesson_id, at)
        for each in open_to_them
        if each.progress and (at := each.progress.last_studied_at)
    ]
    return sorted(studied, key=lambda study: study[2], reverse=True)[:MAX_RECENT_COURSES]


def _next_step(study: EnrollmentDetails) -> PendingEnrollmentStepOut | None:
    enrollment, course = study.enrollment, study.course
    if enrollment.status is not EnrollmentStatus.PENDING:
        return None
    before = enrollment.order_window_ends_at
    if enrollment.order_id and before and before > clock.now():
        price = Money(amount=enrollment.order_amount or 0, currency=enrollment.order_currency or "")
        return PendingEnrollmentStepOut(action="pay", order_id=enrollment.order_id, price=price, before=before)
    if course is None or not is_listed(course):
        return PendingEnrollmentStepOut(action="nothing")
    return PendingEnrollmentStepOut(action="order", price=Money(amount=course.amount, currency=course.currency))


def _next_lesson_id(study: EnrollmentDetails) -> str | None:
    """Nobody studies what is not active, or closed."""
    if study.outline is None or study.enrollment.status is not EnrollmentStatus.ACTIVE or study.is_closed:
        return None
    done = study.progress.completed if study.progress else None
    return next_lesson(done or (), study.outline.lesson_ids())


def _lesson_summary(lesson: Lesson | None) -> LessonSummaryOut | None:
    if lesson is None:
        return None
    return LessonSummaryOut(
        id=lesson.lesson_id, title=lesson.title, kind=lesson.lesson_kind, duration_seconds=lesson.duration_seconds
    )
