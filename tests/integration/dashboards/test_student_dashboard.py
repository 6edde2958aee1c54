"""GET /api/dashboard/student."""

from datetime import timedelta

from shared import clock, ids
from shared.db.entities import Enrollment, Progress
from shared.db.table import keys
from shared.domain.lifecycle import EnrollmentStatus
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.roundtrips import recorded_roundtrips


def test_student_dashboard_shows_progress_and_next_lesson_in_three_calls(student: Api) -> None:
    courses = {}
    for status in EnrollmentStatus:
        course = rows.put_course(title=status.value)
        courses[status] = (course, rows.put_outline(course, 3))
        rows.put_enrollment(student.user_id, course, status)
    active, lessons = courses[EnrollmentStatus.ACTIVE]
    rows.put_progress(student.user_id, active, [lessons[0], lessons[2], "les_deleted"])
    rows.put_progress(student.user_id, courses[EnrollmentStatus.COMPLETED][0], courses[EnrollmentStatus.COMPLETED][1])
    rows.put_enrollment(ids.user(), active)
    with recorded_roundtrips() as calls:
        reply = student.get("/api/dashboard/student")
    assert reply.status == 200
    assert calls.operations == ["Query", "BatchGetItem", "BatchGetItem"]
    seen = reply.json
    assert [[each["course"]["title"] for each in seen[name]] for name in ("active", "completed", "pending")] == [
        ["active"],
        ["completed"],
        ["pending"],
    ]
    [entry] = seen["active"]
    assert entry["progress"] == {"completed_lessons": 2, "total_lessons": 3, "percent": 66}
    assert entry["next_lesson"] == {"id": lessons[1], "title": "Lesson 2", "kind": "text", "duration_seconds": 60}
    assert (entry["course_id"], entry["course"]["id"]) == (active.course_id, active.course_id)
    assert entry["course"]["price"] == {"amount": 0, "currency": "INR"}
    [done] = seen["completed"]
    assert (done["progress"]["percent"], done["next_lesson"]) == (100, None)
    assert seen["pending"][0]["next_lesson"] is None
    assert seen["has_more"] is False


def test_student_dashboard_with_51_enrollments_returns_50_and_more_flag(student: Api) -> None:
    for _ in range(51):
        course = rows.put_course()
        rows.put_outline(course, 1)
        rows.put_enrollment(student.user_id, course)
    with recorded_roundtrips() as calls:
        seen = student.get("/api/dashboard/student").json
    assert (len(seen["active"]), seen["has_more"]) == (50, True)
    assert calls.counts == {"Query": 1, "BatchGetItem": 2}


def test_student_dashboard_without_enrollments_returns_empty_lists(student: Api) -> None:
    assert student.get("/api/dashboard/student").json == {
        "active": [],
        "completed": [],
        "pending": [],
        "recent": [],
        "has_more": False,
    }


def test_student_dashboard_returns_401_or_403_to_other_roles(anonymous: Api, instructor: Api, admin: Api) -> None:
    assert anonymous.get("/api/dashboard/student").status == 401
    assert instructor.get("/api/dashboard/student").status == 403
    assert admin.get("/api/dashboard/student").status == 403


def test_student_dashboard_pending_enrollment_shows_next_step(student: Api) -> None:
    now = clock.now()
    courses = {name: rows.put_course(title=name, amount=500) for name in ("pay", "order", "nothing")}
    for course in courses.values():
        rows.put_enrollment(student.user_id, course, EnrollmentStatus.PENDING)
    rows.update(courses["nothing"], hidden=True)
    for name, ends in (("pay", now + timedelta(minutes=5)), ("order", now - timedelta(minutes=5))):
        rows.update_by_key(
            Enrollment,
            keys.enrollment(student.user_id, courses[name].course_id),
            order_id=f"order_{name}",
            order_amount=400,
            order_currency="INR",
            order_window_ends_at=ends,
        )
    seen = {
        each["course"]["title"]: each["next_step"] for each in student.get("/api/dashboard/student").json["pending"]
    }
    assert seen == {
        "pay": {
            "action": "pay",
            "order_id": "order_pay",
            "price": {"amount": 400, "currency": "INR"},
            "pay_before": clock.text(now + timedelta(minutes=5)),
        },
        "order": {"action": "order", "order_id": None, "price": {"amount": 500, "currency": "INR"}, "pay_before": None},
        "nothing": {"action": "nothing", "order_id": None, "price": None, "pay_before": None},
    }


def test_student_dashboard_recent_lists_five_courses_by_last_study_time(student: Api) -> None:
    now, last_lesson_ids = clock.now(), []
    for number in range(6):
        course = rows.put_course(title=f"Course {number}")
        lessons = rows.put_outline(course, 2)
        rows.put_enrollment(student.user_id, course)
        rows.put_progress(student.user_id, course, [lessons[0]])
        rows.update_by_key(
            Progress,
            keys.progress(student.user_id, course.course_id),
            last_lesson_id=lessons[0] if number else "les_gone",
            last_studied_at=now - timedelta(hours=(number * 5) % 6),
        )
        last_lesson_ids.append(lessons[0])
    with recorded_roundtrips() as calls:
        recent = student.get("/api/dashboard/student").json["recent"]
    assert calls.operations == ["Query", "BatchGetItem", "BatchGetItem"]
    assert [each["title"] for each in recent] == [f"Course {n}" for n in (0, 5, 4, 3, 2)]
    assert [each["lesson"] and each["lesson"]["id"] for each in recent[:2]] == [None, last_lesson_ids[5]]
    assert recent[1]["last_studied_at"] == clock.text(now - timedelta(hours=1))
