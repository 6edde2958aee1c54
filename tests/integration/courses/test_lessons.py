"""Content of lessons, and access to it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.domain.lifecycle import EnrollmentStatus
from tests.fixtures.api import Api
from tests.fixtures.course_authoring import new_course, new_lesson, new_section, published_course
from tests.fixtures.roundtrips import recorded_roundtrips
from tests.integration.courses.test_permissions import store_enrollment


def test_text_lesson_returns_markdown_source_and_rendered_html(instructor: Api) -> None:
    course_id, section_id, _ = published_course(instructor)
    source = "# Rise & shine\n\n> proof < 30 °C\n\n`<b>` and <b>bold</b>"
    lesson_id = new_lesson(instructor, section_id, content=source, duration_seconds=90, preview=True)
    found = instructor.get(f"/api/courses/{course_id}/lessons/{lesson_id}")
    assert found.status == 200
    assert found.headers["Cache-Control"] == "no-store"
    lesson = found.json
    assert lesson["content"] == source
    assert lesson["content_html"] == (
        "<h1>Rise &amp; shine</h1>\n<blockquote>\n<p>proof &lt; 30 °C</p>\n</blockquote>\n"
        "<p><code>&lt;b&gt;</code> and <b>bold</b></p>\n"
    )
    assert (lesson["id"], lesson["course_id"], lesson["kind"]) == (lesson_id, course_id, "text")
    assert (lesson["duration_seconds"], lesson["preview"], lesson["video"]) == (90, True, None)


def test_text_lesson_with_scripts_is_stored_sanitized(instructor: Api) -> None:
    course_id, section_id, _ = published_course(instructor)
    source = "Hi <script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert)"
    lesson_id = new_lesson(instructor, section_id, content=source)
    lesson = instructor.get(f"/api/courses/{course_id}/lessons/{lesson_id}").json
    assert lesson["content"] == 'Hi <img src="x"> [x](#)'
    edited = instructor.put(f"/api/lessons/{lesson_id}", {"content": "<iframe src=//evil></iframe>ok"})
    assert edited.status == 200
    assert instructor.get(f"/api/courses/{course_id}/lessons/{lesson_id}").json["content"] == "ok"


def test_video_lesson_exposes_only_a_url_expiring_in_600_s(
    instructor: Api, student: Api, anonymous: Api, admin: Api
) -> None:
    course_id, section_id, _ = published_course(instructor)
    public_id = f"lectern/{course_id}/lesson_video_0123456789abcdef01234567"
    body = {"section_id": section_id, "title": "Kneading", "kind": "video", "video_public_id": public_id}
    created = instructor.post("/api/lessons", body)
    lesson_id = created.json["id"]
    store_enrollment(student, course_id, EnrollmentStatus.ACTIVE)
    replies = [created, instructor.put(f"/api/lessons/{lesson_id}", {"video_public_id": public_id, "title": "Knead"})]
    for user in (anonymous, student, instructor, admin):
        replies += [
            user.get(path)
            for path in (f"/api/courses/{course_id}", f"/api/sections/{course_id}", f"/api/lessons/{section_id}")
        ]
    replies += [anonymous.get(f"/api/courses/{course_id}/lessons/{lesson_id}"), instructor.get("/api/courses/mine")]
    assert not [reply for reply in replies if "lesson_video" in reply.text or "0123456789abcdef" in reply.text]
    lesson = student.get(f"/api/courses/{course_id}/lessons/{lesson_id}").json
    assert (lesson["content"], lesson["content_html"], lesson["title"]) == (None, None, "Knead")
    query = parse_qs(urlsplit(lesson["video"]["url"]).query)
    assert query["public_id"] == [public_id]
    assert query["type"] == ["authenticated"]
    assert int(query["expires_at"][0]) - int(query["timestamp"][0]) == 600
    assert set(lesson["video"]) == {"url", "expires_at"}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "text"},
        {"kind": "video", "content": "x"},
        {"kind": "text", "content": "x", "video_public_id": "lectern/x/y"},
        {"kind": "text", "content": ""},
        {"kind": "text", "content": "x" * 100_001},
        {"kind": "text", "content": "é" * 50_001},
        {"kind": "text", "content": "[" * 10_001},
        {"kind": "text", "content": "a\x00b"},
        {"kind": "quiz", "content": "x"},
        {"kind": "text", "content": "x", "duration_seconds": -1},
        {"kind": "text", "content": "x", "duration_seconds": 86_401},
        {"kind": "text", "content": "x", "duration_seconds": 1.5},
        {"kind": "text", "content": "x", "preview": "yes"},
        {"kind": "text", "content": "x", "title": ""},
        {"kind": "text", "content": "x", "course_id": "crs_1"},
    ],
)
def test_create_lesson_with_invalid_field_returns_422_and_stores_nothing(
    instructor: Api, change: dict[str, Any]
) -> None:
    course_id = new_course(instructor)["id"]
    rejected = instructor.post(
        "/api/lessons", {"section_id": new_section(instructor, course_id), "title": "X", **change}
    )
    assert (rejected.status, rejected.code) == (422, "invalid")
    assert instructor.get(f"/api/courses/{course_id}").json["lesson_count"] == 0


def test_create_lesson_with_100_kb_text_returns_201_and_replays_by_key(instructor: Api) -> None:
    course_id, section_id, _ = published_course(instructor)
    headers = {"Idempotency-Key": "long"}
    body = {"section_id": section_id, "title": "Long", "kind": "text", "content": "<" * 5_000 + '"' * 94_999 + "."}
    created = instructor.post("/api/lessons", body, headers=headers)
    assert created.status == 201
    assert instructor.post("/api/lessons", body, headers=headers).json == created.json
    lesson = instructor.get(f"/api/courses/{course_id}/lessons/{created.json['id']}").json
    assert lesson["content"] == "&lt;" * 5_000 + '"' * 94_999 + "."


@pytest.mark.parametrize(
    "public_id", ["lectern/crs_01ARZ3NDEKTSV4RRFFQ69G5FAV/lesson_video_x", "other/video", "lectern/../x", "video"]
)
def test_create_lesson_with_foreign_video_id_returns_422(instructor: Api, public_id: str) -> None:
    course_id = new_course(instructor)["id"]
    body = {
        "section_id": new_section(instructor, course_id),
        "title": "X",
        "kind": "video",
        "video_public_id": public_id,
    }
    rejected = instructor.post("/api/lessons", body)
    assert rejected.status == 422
    assert instructor.get(f"/api/courses/{course_id}").json["lesson_count"] == 0


def test_update_lesson_with_content_of_other_kind_returns_422(instructor: Api) -> None:
    course_id, section_id, text_id = published_course(instructor)
    public_id = f"lectern/{course_id}/lesson_video_0123456789abcdef01234567"
    video_id = new_lesson(instructor, section_id, kind="video", content=None, video_public_id=public_id)
    for lesson_id, change in ((text_id, {"video_public_id": public_id}), (video_id, {"content": "x"})):
        before = instructor.get(f"/api/courses/{course_id}/lessons/{lesson_id}").json
        rejected = instructor.put(f"/api/lessons/{lesson_id}", {"title": "Changed", **change})
        assert (rejected.status, rejected.code) == (422, "lesson_kind_mismatch")
        after = instructor.get(f"/api/courses/{course_id}/lessons/{lesson_id}").json
        assert {**after, "video": None} == {**before, "video": None}
    for change in ({}, {"kind": "video"}, {"section_id": section_id}, {"content": "x", "video_public_id": "y"}):
        assert instructor.put(f"/api/lessons/{text_id}", change).status == 422


def test_update_lesson_changes_only_given_fields(instructor: Api) -> None:
    course_id, _, lesson_id = published_course(instructor)
    path = f"/api/courses/{course_id}/lessons/{lesson_id}"
    before = instructor.get(path).json
    edited = instructor.put(f"/api/lessons/{lesson_id}", {"preview": True, "duration_seconds": 60})
    assert edited.json == {"id": lesson_id, "title": "Flour", "kind": "text", "duration_seconds": 60, "preview": True}
    after = instructor.get(path).json
    assert after == before | {"preview": True, "duration_seconds": 60, "updated_at": after["updated_at"]}


def test_get_lesson_requires_active_enrollment_ownership_or_preview(
    new_user: Callable[..., Api], anonymous: Api, instructor: Api, admin: Api
) -> None:
    course_id, section_id, closed = published_course(instructor)
    preview = new_lesson(instructor, section_id, preview=True)
    learners = {status: new_user("student") for status in EnrollmentStatus}
    for status, learner in learners.items():
        store_enrollment(learner, course_id, status)
    with_access = [instructor, admin, learners[EnrollmentStatus.ACTIVE], learners[EnrollmentStatus.COMPLETED]]
    without_access = [
        anonymous,
        new_user("student"),
        new_user("instructor"),
        learners[EnrollmentStatus.PENDING],
        learners[EnrollmentStatus.CANCELLED],
    ]
    for user in with_access:
        assert user.get(f"/api/courses/{course_id}/lessons/{closed}").status == 200
    for user in without_access:
        rejected = user.get(f"/api/courses/{course_id}/lessons/{closed}")
        assert (rejected.status, rejected.code) == (403, "not_enrolled")
        assert "milled" not in rejected.text
        assert user.get(f"/api/courses/{course_id}/lessons/{preview}").status == 200
    assert instructor.post(f"/api/courses/{course_id}/unpublish").status == 200
    for lesson_id in (closed, preview):
        assert [user.get(f"/api/courses/{course_id}/lessons/{lesson_id}").status for user in with_access] == [200] * 4
        replies = [user.get(f"/api/courses/{course_id}/lessons/{lesson_id}") for user in without_access]
        assert [(reply.status, reply.code) for reply in replies] == [(404, "course_not_found")] * 5


def test_get_lesson_through_another_course_returns_404(instructor: Api, student: Api) -> None:
    enrolled_course, _, open_lesson = published_course(instructor)
    other_course, _, closed_lesson = published_course(instructor)
    store_enrollment(student, enrolled_course, EnrollmentStatus.ACTIVE)
    for course_id, lesson_id in (
        (enrolled_course, closed_lesson),
        (enrolled_course, f"{open_lesson}x"),
        (enrolled_course, "x" * 100),
    ):
        rejected = student.get(f"/api/courses/{course_id}/lessons/{lesson_id}")
        assert (rejected.status, rejected.code) == (404, "lesson_not_found")
    assert student.get(f"/api/courses/{other_course}/lessons/{closed_lesson}").status == 403


@pytest.mark.parametrize("resource", ["sections", "lessons"])
def test_content_routes_with_malformed_ids_return_404(instructor: Api, anonymous: Api, resource: str) -> None:
    for malformed_id in ("x", "sec_1", "les_1", "s" * 3000, "%2e%2e"):
        for reply in (
            anonymous.get(f"/api/{resource}/{malformed_id}"),
            instructor.put(f"/api/{resource}/{malformed_id}", {"title": "X"}),
            instructor.delete(f"/api/{resource}/{malformed_id}"),
        ):
            assert reply.status == 404


def test_content_reads_make_one_dynamodb_call(anonymous: Api, instructor: Api, student: Api) -> None:
    course_id, section_id, lesson_id = published_course(instructor)
    store_enrollment(student, course_id, EnrollmentStatus.ACTIVE)
    for user, path, calls in (
        (anonymous, f"/api/courses/{course_id}", ["Query"]),
        (student, f"/api/courses/{course_id}", ["Query"]),
        (anonymous, f"/api/sections/{course_id}", ["Query"]),
        (anonymous, f"/api/lessons/{section_id}", ["Query"]),
        (student, f"/api/courses/{course_id}/lessons/{lesson_id}", ["BatchGetItem"]),
    ):
        with recorded_roundtrips() as recorded:
            assert user.get(path).status == 200
        assert recorded.operations == calls, path
