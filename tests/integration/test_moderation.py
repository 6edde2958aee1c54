"""An admin hides a course: from whom, since when, and who can tell."""

from collections.abc import Callable

import pytest

from shared import clock
from shared.db import keys, store
from shared.db.entities import AuditEntry
from tests.api import Api
from tests.integration.authoring import published_course

Project = Callable[[], int]
FREE = {"amount": 0, "currency": "INR"}


@pytest.mark.parametrize("close", [False, True])
def test_learners_keep_a_hidden_course_unless_the_admin_closes_it(
    admin: Api, instructor: Api, student: Api, anyone: Api, project: Project, close: bool
) -> None:
    course_id, _, lesson_id = published_course(instructor, price=FREE)
    assert student.post("/api/enrollments", {"course_id": course_id}).status == 201
    project()
    course, lesson = f"/api/courses/{course_id}", f"/api/courses/{course_id}/lessons/{lesson_id}"
    hide = {"hidden": True, "reason": "copied"} | ({"close": True} if close else {})
    assert admin.patch(f"{course}/moderation", hide).status == 200
    assert anyone.get(course).code == "course_not_found"
    for path in (course, lesson):
        seen = student.get(path)
        assert (seen.status, seen.json.get("code")) == ((404, "course_not_found") if close else (200, None))
        assert instructor.get(path).status == admin.get(path).status == 200
    project()
    assert anyone.get("/api/courses").json["items"] == []
    assert admin.patch(f"{course}/moderation", {"hidden": False, "reason": "it was not"}).status == 200
    assert anyone.get(course).status == student.get(lesson).status == 200
    project()
    assert [each["id"] for each in anyone.get("/api/courses").json["items"]] == [course_id]
    told = store.query(keys.audit(clock.now(), "").pk).items_of(AuditEntry)
    kept, shut = ({"closed": False}, {"closed": True}) if close else ({}, {})
    assert [(each.action, each.admin_id, each.reason, each.before, each.after) for each in told] == [
        ("course_hidden", admin.user_id, "copied", {"hidden": False, **kept}, {"hidden": True, **shut}),
        ("course_restored", admin.user_id, "it was not", {"hidden": True, **shut}, {"hidden": False, **kept}),
    ]


def test_a_closed_course_is_not_studied_and_what_was_done_is_kept(
    admin: Api, instructor: Api, student: Api, project: Project
) -> None:
    course_id, _, lesson_id = published_course(instructor, price=FREE)
    assert student.post("/api/enrollments", {"course_id": course_id}).status == 201
    tick = f"/api/enrollments/{course_id}/lessons/{lesson_id}"
    assert student.put(tick, {"position_seconds": 7}).status == 200
    path = f"/api/courses/{course_id}/moderation"
    assert admin.patch(path, {"hidden": True, "reason": "copied", "close": True}).status == 200
    before = student.get(f"/api/enrollments/{course_id}/progress").json
    for body in ({"completed": True}, {"completed": False}, {"position_seconds": 8}):
        refused = student.put(tick, body)
        assert (refused.status, refused.code) == (404, "course_not_found")
    assert student.get(f"/api/enrollments/{course_id}/progress").json == before
    assert before["positions"] == {lesson_id: 7}
    seen = student.get("/api/dashboard/student").json
    assert [(each["closed"], each["next_lesson"]) for each in seen["active"]] == [(True, None)]
    assert seen["recent"] == []

    assert admin.patch(path, {"hidden": True, "reason": "they may"}).status == 200
    assert student.put(tick, {"completed": True}).status == 200
    seen = student.get("/api/dashboard/student").json
    assert [each["closed"] for each in seen["active"] + seen["completed"]] == [False]
    assert [each["course_id"] for each in seen["recent"]] == [course_id]


def test_only_a_hidden_course_can_be_closed(admin: Api, instructor: Api, student: Api) -> None:
    course_id, _, lesson_id = published_course(instructor, price=FREE)
    assert student.post("/api/enrollments", {"course_id": course_id}).status == 201
    reply = admin.patch(f"/api/courses/{course_id}/moderation", {"hidden": False, "reason": "x", "close": True})
    assert (reply.status, reply.code) == (422, "invalid")
    assert student.get(f"/api/courses/{course_id}/lessons/{lesson_id}").status == 200
