"""Permissions to see, edit, moderate and delete courses."""

from collections.abc import Callable
from typing import Any

import pytest

from shared import clock
from shared.db.entities import Course, CourseCounters, Enrollment
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import EnrollmentStatus
from tests.fixtures.api import Api
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.course_authoring import COURSE, new_course, new_lesson, new_section, published_course


def store_enrollment(user: Api, course_id: str, status: str) -> None:
    now = clock.now()
    transaction = Transaction()
    transaction.put(
        "enrollment",
        Enrollment.build(
            keys.enrollment(user.user_id, course_id),
            user_id=user.user_id,
            course_id=course_id,
            instructor_id="usr_x",
            user_name="Learner",
            status=EnrollmentStatus(status),
            version=1,
            created_at=now,
            updated_at=now,
        ),
    )
    transaction.update("course", keys.course(course_id), [Course.ever_enrolled.set(True)], Course.pk.exists())
    assert not transaction.commit()


@pytest.mark.parametrize("state", ["draft", "hidden"])
def test_unpublished_course_is_visible_only_to_owner_admin_and_active_learners(
    new_user: Callable[..., Api], anonymous: Api, instructor: Api, admin: Api, student: Api, state: str
) -> None:
    course_id, section_id, _ = published_course(instructor)
    if state == "draft":
        assert instructor.post(f"/api/courses/{course_id}/unpublish").status == 200
    else:
        hidden = admin.patch(f"/api/courses/{course_id}/moderation", {"hidden": True, "reason": "Copied"})
        assert hidden.status == 200
    learners = {status: new_user("student") for status in EnrollmentStatus}
    for status, learner in learners.items():
        store_enrollment(learner, course_id, status)
    allowed = [instructor, admin, learners[EnrollmentStatus.ACTIVE], learners[EnrollmentStatus.COMPLETED]]
    rejected = [
        anonymous,
        student,
        new_user("instructor"),
        learners[EnrollmentStatus.PENDING],
        learners[EnrollmentStatus.CANCELLED],
    ]
    for path in (f"/api/courses/{course_id}", f"/api/sections/{course_id}", f"/api/lessons/{section_id}"):
        assert [user.get(path).status for user in allowed] == [200] * 4
        replies = [user.get(path) for user in rejected]
        assert [(reply.status, reply.code) for reply in replies] == [(404, "course_not_found")] * 5


@pytest.mark.parametrize("course_id", ["crs_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "%00", "c" * 3000])
def test_course_routes_with_unknown_id_return_404(anonymous: Api, instructor: Api, admin: Api, course_id: str) -> None:
    path = f"/api/courses/{course_id}"
    replies = [
        anonymous.get(path),
        instructor.get(path),
        instructor.put(path, {"title": "X"}),
        instructor.post(f"{path}/publish"),
        instructor.delete(path),
        instructor.put(f"{path}/outline", {"sections": []}),
        instructor.put(f"{path}/thumbnail", raw=b""),
        admin.patch(f"{path}/moderation", {"hidden": True, "reason": "x"}),
        anonymous.get(f"/api/sections/{course_id}"),
        anonymous.get(f"{path}/lessons/les_01ARZ3NDEKTSV4RRFFQ69G5FAV_0123456789"),
    ]
    code = "course_not_found" if len(course_id) <= 128 else "not_found"
    assert [(reply.status, reply.code) for reply in replies] == [(404, code)] * len(replies)


def test_authoring_routes_for_another_instructors_course_return_404(
    new_user: Callable[..., Api], instructor: Api
) -> None:
    course_id, section_id, lesson_id = published_course(instructor)
    before = instructor.get(f"/api/courses/{course_id}").json
    other = new_user("instructor")
    path = f"/api/courses/{course_id}"
    lesson = {"section_id": section_id, "title": "X", "kind": "text", "content": "x"}
    replies = [
        other.put(path, {"title": "Mine now"}),
        other.put(path, raw=b"not json"),
        other.post(f"{path}/publish"),
        other.post(f"{path}/unpublish"),
        other.delete(path),
        other.put(f"{path}/outline", {"sections": []}),
        other.put(f"{path}/thumbnail", raw=b"x"),
        other.post("/api/sections", {"course_id": course_id, "title": "X"}),
        other.put(f"/api/sections/{section_id}", {"title": "X"}),
        other.delete(f"/api/sections/{section_id}"),
        other.post("/api/lessons", lesson),
        other.put(f"/api/lessons/{lesson_id}", {"title": "X"}),
        other.delete(f"/api/lessons/{lesson_id}"),
        other.post("/api/media/signature", {"purpose": "thumbnail", "course_id": course_id}),
        other.post("/api/media/signature", {"purpose": "lesson_video", "course_id": course_id}),
    ]
    assert [reply.status for reply in replies] == [404] * len(replies)
    assert instructor.get(path).json == before


def test_authoring_routes_return_403_to_students_and_admins_and_401_to_anonymous(
    instructor: Api, student: Api, admin: Api, anonymous: Api
) -> None:
    course_id, section_id, lesson_id = published_course(instructor)
    before = instructor.get(f"/api/courses/{course_id}").json
    path = f"/api/courses/{course_id}"
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/api/courses", COURSE),
        ("GET", "/api/courses/mine", None),
        ("PUT", path, {"title": "X"}),
        ("POST", f"{path}/publish", None),
        ("POST", f"{path}/unpublish", None),
        ("DELETE", path, None),
        ("PUT", f"{path}/outline", {"sections": []}),
        ("PUT", f"{path}/thumbnail", None),
        ("POST", "/api/sections", {"course_id": course_id, "title": "X"}),
        ("PUT", f"/api/sections/{section_id}", {"title": "X"}),
        ("DELETE", f"/api/sections/{section_id}", None),
        ("POST", "/api/lessons", {}),
        ("PUT", f"/api/lessons/{lesson_id}", {"title": "X"}),
        ("DELETE", f"/api/lessons/{lesson_id}", None),
    ]
    for user, expected in (
        (student, (403, "forbidden")),
        (admin, (403, "forbidden")),
        (anonymous, (401, "unauthenticated")),
    ):
        replies = [user.call(method, route_path, body) for method, route_path, body in calls]
        assert [(reply.status, reply.code) for reply in replies] == [expected] * len(calls)
    rejected = student.post("/api/media/signature", {"purpose": "thumbnail", "course_id": course_id})
    assert (rejected.status, rejected.code) == (403, "forbidden")
    assert instructor.get(path).json == before


def test_moderation_requires_admin_and_reason_and_is_audited(
    instructor: Api, student: Api, admin: Api, anonymous: Api
) -> None:
    course_id, *_ = published_course(instructor)
    path = f"/api/courses/{course_id}"
    for user, status in ((anonymous, 401), (student, 403), (instructor, 403)):
        assert user.patch(f"{path}/moderation", {"hidden": True, "reason": "x"}).status == status
    assert admin.patch(f"{path}/moderation", {"hidden": True}).status == 422
    hidden = admin.patch(f"{path}/moderation", {"hidden": True, "reason": "Copied text"})
    assert (hidden.status, hidden.json["hidden"], hidden.json["moderation_reason"]) == (200, True, "Copied text")
    assert instructor.get(path).json["moderation_reason"] == "Copied text"
    assert anonymous.get(path).status == 404
    restored = admin.patch(f"{path}/moderation", {"hidden": False, "reason": "Sorted out"})
    assert restored.json["hidden"] is False
    assert anonymous.get(path).json["moderation_reason"] is None
    assert [(e.action, e.admin_id, e.subject, e.reason, e.before, e.after) for e in audit_entries()] == [
        ("course_hidden", admin.user_id, course_id, "Copied text", {"hidden": False}, {"hidden": True}),
        ("course_restored", admin.user_id, course_id, "Sorted out", {"hidden": True}, {"hidden": False}),
    ]


def test_course_page_shows_enrollment_count_without_invalidating_etag(anonymous: Api, instructor: Api) -> None:
    course_id, *_ = published_course(instructor)
    tag = anonymous.get(f"/api/courses/{course_id}").headers["ETag"]
    transaction = Transaction()
    transaction.put("counters", CourseCounters.build(keys.course_counters(course_id), enrollment_count=17))
    assert not transaction.commit()
    found = anonymous.get(f"/api/courses/{course_id}", headers={"If-None-Match": tag})
    assert (found.status, found.json["enrollment_count"]) == (200, 17)
    assert instructor.get("/api/courses/mine").json["items"][0]["enrollment_count"] == 17
    edited = instructor.put(f"/api/courses/{course_id}", {"title": "New"}, headers={"If-Match": tag})
    assert edited.status == 200, "a new learner does not make an edit stale"


def test_delete_course_without_enrollments_removes_all_its_items(instructor: Api) -> None:
    course_id = new_course(instructor)["id"]
    for name in ("One", "Two"):
        section_id = new_section(instructor, course_id, name)
        for _ in range(15):
            new_lesson(instructor, section_id)
    assert instructor.delete(f"/api/courses/{course_id}").status == 204
    assert store.query_all(keys.course(course_id).pk) == []
    assert instructor.get("/api/courses/mine").json["items"] == []
    assert instructor.delete(f"/api/courses/{course_id}").status == 404


@pytest.mark.parametrize("status", list(EnrollmentStatus))
def test_delete_course_that_ever_had_an_enrollment_returns_409(instructor: Api, student: Api, status: str) -> None:
    course_id, *_ = published_course(instructor)
    store_enrollment(student, course_id, status)
    before = store.query_all(keys.course(course_id).pk)
    rejected = instructor.delete(f"/api/courses/{course_id}")
    assert (rejected.status, rejected.code) == (409, "course_has_learners")
    assert len(store.query_all(keys.course(course_id).pk)) == len(before)
    assert instructor.get(f"/api/courses/{course_id}").json["lesson_count"] == 1
