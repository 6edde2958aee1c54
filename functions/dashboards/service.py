"""The dashboards of an instructor and of a student."""

from typing import Final

from functions.dashboards import money
from functions.dashboards.schemas import (
    InstructorDashboardOut,
    NextLessonOut,
    StatusCounts,
    StudentDashboardOut,
    StudyOut,
    TaughtCourseOut,
)
from shared.db import learning, panels
from shared.db.entities import InstructorCourse, InstructorTotals, Lesson
from shared.db.learning import Learning
from shared.enrollment_view import fields
from shared.lifecycle import EnrollmentStatus
from shared.progress import next_lesson

STUDIES_AT_MOST: Final = 50


def instructor(instructor_id: str) -> InstructorDashboardOut:
    """One Query. Raises StoreUnavailable."""
    totals, courses = panels.instructor(instructor_id)
    counts = status_counts(totals)
    draft, published, archived = (totals.draft, totals.published, totals.archived) if totals else (0, 0, 0)
    return InstructorDashboardOut(
        total_courses=draft + published + archived,
        published_courses=published,
        draft_courses=draft,
        archived_courses=archived,
        hidden_courses=totals.hidden if totals else 0,
        total_enrollments=counts.active + counts.completed,
        enrollments=counts,
        active_students=totals.students if totals else 0,
        completions=counts.completed,
        completion_rate=completion_rate(counts),
        revenue=money.net(totals.earned) if totals else [],
        courses=[TaughtCourseOut(**taught(course)) for course in courses],
    )


def student(student_id: str) -> StudentDashboardOut:
    """Three calls: enrollments with progress, their courses and outlines, the next lessons. Raises StoreUnavailable."""
    found, next_key = learning.list_of_user(student_id, STUDIES_AT_MOST, None, None)
    upcoming = {each.enrollment.course_id: _next(each) for each in found}
    lessons = panels.lessons([(course_id, lesson_id) for course_id, lesson_id in upcoming.items() if lesson_id])

    def of(status: EnrollmentStatus) -> list[StudyOut]:
        return [
            StudyOut(**fields(each), next_lesson=_lesson(lessons.get(upcoming[each.enrollment.course_id] or "")))
            for each in found
            if each.enrollment.status is status
        ]

    return StudentDashboardOut(
        active=of(EnrollmentStatus.ACTIVE),
        completed=of(EnrollmentStatus.COMPLETED),
        pending=of(EnrollmentStatus.PENDING),
        more=next_key is not None,
    )


def taught(course: InstructorCourse) -> dict[str, object]:
    """The values of TaughtCourseOut."""
    counts = status_counts(course)
    return {
        "id": course.course_id,
        "title": course.title,
        "status": course.status,
        "hidden": course.hidden,
        "enrollments": counts,
        "completion_rate": completion_rate(counts),
        "revenue": money.net(course.earned),
    }


def status_counts(of: InstructorTotals | InstructorCourse | None) -> StatusCounts:
    if of is None:
        return StatusCounts(pending=0, active=0, completed=0, cancelled=0)
    return StatusCounts(pending=of.pending, active=of.active, completed=of.completed, cancelled=of.cancelled)


def completion_rate(counts: StatusCounts) -> int:
    """Percent of those with access who completed, rounded down."""
    started = counts.active + counts.completed
    return counts.completed * 100 // started if started else 0


def _next(study: Learning) -> str | None:
    """Nobody studies what is not active."""
    if study.outline is None or study.enrollment.status is not EnrollmentStatus.ACTIVE:
        return None
    done = study.progress.completed if study.progress else None
    return next_lesson(done or (), study.outline.lesson_ids())


def _lesson(lesson: Lesson | None) -> NextLessonOut | None:
    if lesson is None:
        return None
    return NextLessonOut(
        id=lesson.lesson_id, title=lesson.title, kind=lesson.lesson_kind, duration_seconds=lesson.duration_seconds
    )
