"""Hidden courses: access of learners and of other users, and the audit entries."""

from collections.abc import Callable

import pytest

from tests.fixtures.api import Api
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.course_authoring import COURSE, published_course
from tests.fixtures.dynamodb_faults import run_at_next_write

Project = Callable[[], int]
FREE = {"amount": 0, "currency": "INR"}


@pytest.mark.parametrize("close", [False, True])
def test_hidden_course_stays_open_to_learners_unless_closed(
    admin: Api, instructor: Api, student: Api, anonymous: Api, run_projector: Project, close: bool
) -> None:
    course_id, _, lesson_id = published_course(instructor, price=FREE)
    assert student.post("/api/enrollments", {"course_id": course_id}).status == 201
    run_projector()
    course, lesson = f"/api/courses/{course_id}", f"/api/courses/{course_id}/lessons/{lesson_id}"
    hide = {"hidden": True, "reason": "copied"} | ({"close": True} if close else {})
    assert admin.patch(f"{course}/moderation", hide).status == 200
    assert anonymous.get(course).code == "course_not_found"
    for path in (course, lesson):
        seen = student.get(path)
        assert (seen.status, seen.json.get("code")) == ((404, "course_not_found") if close else (200, None))
        assert instructor.get(path).status == admin.get(path).status == 200
    run_projector()
    assert anonymous.get("/api/courses").json["items"] == []
    assert admin.patch(f"{course}/moderation", {"hidden": False, "reason": "not copied"}).status == 200
    assert anonymous.get(course).status == student.get(lesson).status == 200
    run_projector()
    assert [each["id"] for each in anonymous.get("/api/courses").json["items"]] == [course_id]
    unclosed, closed = ({"closed": False}, {"closed": True}) if close else ({}, {})
    assert [(each.action, each.admin_id, each.reason, each.before, each.after) for each in audit_entries()] == [
        ("course_hidden", admin.user_id, "copied", {"hidden": False, **unclosed}, {"hidden": True, **closed}),
        ("course_restored", admin.user_id, "not copied", {"hidden": True, **closed}, {"hidden": False, **unclosed}),
    ]


def test_closed_course_rejects_progress_and_keeps_earlier_progress(
    admin: Api, instructor: Api, student: Api, run_projector: Project
) -> None:
    course_id, _, lesson_id = published_course(instructor, price=FREE)
    assert student.post("/api/enrollments", {"course_id": course_id}).status == 201
    lesson_path = f"/api/enrollments/{course_id}/lessons/{lesson_id}"
    assert student.put(lesson_path, {"position_seconds": 7}).status == 200
    path = f"/api/courses/{course_id}/moderation"
    assert admin.patch(path, {"hidden": True, "reason": "copied", "close": True}).status == 200
    before = student.get(f"/api/enrollments/{course_id}/progress").json
    for body in ({"completed": True}, {"completed": False}, {"position_seconds": 8}):
        rejected = student.put(lesson_path, body)
        assert (rejected.status, rejected.code) == (404, "course_not_found")
    assert student.get(f"/api/enrollments/{course_id}/progress").json == before
    assert before["positions"] == {lesson_id: 7}
    seen = student.get("/api/dashboard/student").json
    assert [(each["closed_to_learners"], each["next_lesson"]) for each in seen["active"]] == [(True, None)]
    assert seen["recent"] == []

    assert admin.patch(path, {"hidden": True, "reason": "open to learners"}).status == 200
    assert student.put(lesson_path, {"completed": True}).status == 200
    seen = student.get("/api/dashboard/student").json
    assert [each["closed_to_learners"] for each in seen["active"] + seen["completed"]] == [False]
    assert [each["course_id"] for each in seen["recent"]] == [course_id]


def test_close_without_hide_returns_422(admin: Api, instructor: Api, student: Api) -> None:
    course_id, _, lesson_id = published_course(instructor, price=FREE)
    assert student.post("/api/enrollments", {"course_id": course_id}).status == 201
    reply = admin.patch(f"/api/courses/{course_id}/moderation", {"hidden": False, "reason": "x", "close": True})
    assert (reply.status, reply.code) == (422, "invalid")
    assert student.get(f"/api/courses/{course_id}/lessons/{lesson_id}").status == 200


def test_moderation_racing_an_edit_hides_the_edited_course(
    admin: Api, instructor: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    course_id, _, _ = published_course(instructor, price=FREE)
    course = f"/api/courses/{course_id}"
    run_at_next_write(monkeypatch, lambda: instructor.put(course, {**COURSE, "title": "Edited"}))
    hidden = admin.patch(f"{course}/moderation", {"hidden": True, "reason": "copied"})
    assert (hidden.status, hidden.json["title"], hidden.json["hidden"]) == (200, "Edited", True)
    assert [each.action for each in audit_entries()] == ["course_hidden"]
