"""GET /api/dashboard/student."""

from shared import ids
from shared.lifecycle import EnrollmentStatus
from tests import stored
from tests.api import Api
from tests.roundtrips import roundtrips


def test_a_student_sees_progress_and_the_next_lesson_in_three_calls(student: Api) -> None:
    courses = {}
    for status in EnrollmentStatus:
        course = stored.course(title=status.value)
        courses[status] = (course, stored.outline(course, 3))
        stored.enrollment(student.user_id, course, status)
    active, lessons = courses[EnrollmentStatus.ACTIVE]
    stored.progress(student.user_id, active, [lessons[0], lessons[2], "les_deleted"])
    stored.progress(student.user_id, courses[EnrollmentStatus.COMPLETED][0], courses[EnrollmentStatus.COMPLETED][1])
    stored.enrollment(ids.user(), active)
    with roundtrips() as calls:
        reply = student.get("/api/dashboard/student")
    assert reply.status == 200
    assert calls.operations == ["Query", "BatchGetItem", "BatchGetItem"]
    seen = reply.json
    assert [[each["course"]["title"] for each in seen[name]] for name in ("active", "completed", "pending")] == [
        ["active"],
        ["completed"],
        ["pending"],
    ]
    [study] = seen["active"]
    assert study["progress"] == {"completed_lessons": 2, "total_lessons": 3, "percent": 66}
    assert study["next_lesson"] == {"id": lessons[1], "title": "Lesson 2", "kind": "text", "duration_seconds": 60}
    assert (study["course_id"], study["course"]["id"]) == (active.course_id, active.course_id)
    assert study["course"]["price"] == {"amount": 0, "currency": "INR"}
    [done] = seen["completed"]
    assert (done["progress"]["percent"], done["next_lesson"]) == (100, None)
    assert seen["pending"][0]["next_lesson"] is None
    assert seen["more"] is False


def test_many_enrollments_are_cut_and_said_so(student: Api) -> None:
    for _ in range(51):
        course = stored.course()
        stored.outline(course, 1)
        stored.enrollment(student.user_id, course)
    with roundtrips() as calls:
        seen = student.get("/api/dashboard/student").json
    assert (len(seen["active"]), seen["more"]) == (50, True)
    assert calls.counts == {"Query": 1, "BatchGetItem": 2}


def test_a_new_student_sees_empty_lists(student: Api) -> None:
    assert student.get("/api/dashboard/student").json == {"active": [], "completed": [], "pending": [], "more": False}


def test_only_students_see_it(anyone: Api, instructor: Api, admin: Api) -> None:
    assert anyone.get("/api/dashboard/student").status == 401
    assert instructor.get("/api/dashboard/student").status == 403
    assert admin.get("/api/dashboard/student").status == 403
