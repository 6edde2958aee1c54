"""Creating, editing, publishing and listing courses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from tests.fixtures.api import Api
from tests.fixtures.course_authoring import COURSE, new_course, new_lesson, new_section, published_course


def test_create_course_returns_201_with_draft_owned_by_instructor(new_user: Callable[..., Api]) -> None:
    instructor = new_user("instructor", name="Asha Rao")
    created = instructor.post("/api/courses", COURSE)
    assert created.status == 201
    course = created.json
    assert created.headers["Location"] == f"/api/courses/{course['id']}"
    assert created.headers["ETag"] == '"1.1.0"'
    assert {name: course[name] for name in COURSE} == COURSE
    assert course["status"] == "draft"
    assert course["hidden"] is False
    assert course["instructor"] == {"id": instructor.user_id, "name": "Asha Rao"}
    assert (course["lesson_count"], course["enrollment_count"], course["rating"]) == (0, 0, None)
    assert (course["thumbnail_url"], course["published_at"], course["sections"]) == (None, None, [])
    assert course["created_at"] == course["updated_at"]
    assert instructor.get(f"/api/courses/{course['id']}").json == course


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": 7}, "title"),
        ({"description": "x" * 10_001}, "description"),
        ({"category": "Two Words"}, "category"),
        ({"category": "x" * 41}, "category"),
        ({"level": "expert"}, "level"),
        ({"language": "english"}, "language"),
        ({"language": "EN"}, "language"),
        ({"price": {"amount": 99, "currency": "INR"}}, "price"),
        ({"price": {"amount": -1, "currency": "INR"}}, "price"),
        ({"price": {"amount": 499.0, "currency": "INR"}}, "price"),
        ({"price": {"amount": "49900", "currency": "INR"}}, "price"),
        ({"price": {"amount": 100_000_001, "currency": "INR"}}, "price"),
        ({"price": {"amount": 49_900, "currency": "XYZ"}}, "price"),
        ({"price": None}, "price"),
        ({"status": "published"}, "status"),
        ({"instructor_id": "usr_1"}, "instructor_id"),
        ({"enrollment_count": 5}, "enrollment_count"),
    ],
)
def test_create_course_with_invalid_field_returns_422_and_stores_nothing(
    instructor: Api, change: dict[str, Any], field: str
) -> None:
    rejected = instructor.post("/api/courses", {**COURSE, **change})
    assert (rejected.status, rejected.code) == (422, "invalid")
    assert rejected.json["errors"][0]["loc"][:2] == ["body", field]
    assert instructor.get("/api/courses/mine").json["items"] == []


@pytest.mark.parametrize("language", ["en", "hi", "en-IN", "zh-Hant-TW", "es-419"])
def test_create_course_accepts_bcp47_language_tags(instructor: Api, language: str) -> None:
    assert new_course(instructor, language=language)["language"] == language


@pytest.mark.parametrize("amount", [0, 100, 100_000_000])
def test_create_course_accepts_minimum_and_maximum_price(instructor: Api, amount: int) -> None:
    price = {"amount": amount, "currency": "INR"}
    assert new_course(instructor, price=price)["price"] == price


def test_update_course_changes_only_given_fields_and_version(instructor: Api) -> None:
    course = new_course(instructor)
    edited = instructor.put(
        f"/api/courses/{course['id']}", {"title": "Better bread", "price": {"amount": 0, "currency": "INR"}}
    )
    assert edited.status == 200
    free = {"amount": 0, "currency": "INR"}
    changed = {"title": "Better bread", "price": free, "list_price": free, "version": 2}
    assert edited.json == course | changed | {"updated_at": edited.json["updated_at"]}
    assert edited.headers["ETag"] == '"2.1.0"'


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": None},
        {"status": "archived"},
        {"instructor": {"id": "x"}},
        {"version": 9},
        {"price": {"amount": 5}},
    ],
)
def test_update_course_with_uneditable_or_invalid_field_returns_422(instructor: Api, body: dict[str, Any]) -> None:
    course = new_course(instructor)
    rejected = instructor.put(f"/api/courses/{course['id']}", body)
    assert (rejected.status, rejected.code) == (422, "invalid")
    assert instructor.get(f"/api/courses/{course['id']}").json == course


def test_update_course_with_stale_if_match_returns_412_and_changes_nothing(instructor: Api) -> None:
    path = f"/api/courses/{new_course(instructor)['id']}"
    seen = instructor.get(path).headers["ETag"]
    assert instructor.put(path, {"title": "First"}, headers={"If-Match": seen}).status == 200
    for tag in (seen, 'W/"2.1.0"', '"nonsense"', "2.1.0"):
        rejected = instructor.put(path, {"title": "Second"}, headers={"If-Match": tag})
        assert (rejected.status, rejected.code) == (412, "precondition_failed")
    assert instructor.get(path).json["title"] == "First"
    assert instructor.put(path, {"title": "Third"}, headers={"If-Match": "*"}).json["title"] == "Third"


def test_content_change_makes_course_etag_stale(instructor: Api) -> None:
    course_id = new_course(instructor)["id"]
    path = f"/api/courses/{course_id}"
    seen = instructor.get(path).headers["ETag"]
    section_id = new_section(instructor, course_id)
    assert instructor.put(path, {"title": "New"}, headers={"If-Match": seen}).status == 412
    seen = instructor.get(path).headers["ETag"]
    assert instructor.put(f"/api/sections/{section_id}", {"title": "Renamed"}).status == 200
    assert instructor.get(path).headers["ETag"] != seen
    assert instructor.put(path, {"title": "New"}, headers={"If-Match": seen}).status == 412


def test_update_course_8_concurrent_with_same_if_match_succeeds_once(instructor: Api) -> None:
    path = f"/api/courses/{new_course(instructor)['id']}"
    seen = instructor.get(path).headers["ETag"]

    def edit(title: str) -> int:
        return instructor.put(path, {"title": title}, headers={"If-Match": seen}).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(edit, [f"Title {number}" for number in range(8)]))
    assert statuses == [200] + [412] * 7
    assert instructor.get(path).json["version"] == 2


def test_get_course_with_current_etag_returns_304(anonymous: Api, instructor: Api) -> None:
    course_id, *_ = published_course(instructor)
    path = f"/api/courses/{course_id}"
    first = anonymous.get(path)
    again = anonymous.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.text) == (304, "")
    assert again.headers["ETag"] == first.headers["ETag"]
    instructor.put(path, {"title": "New"})
    assert anonymous.get(path, headers={"If-None-Match": first.headers["ETag"]}).json["title"] == "New"


def test_publish_course_without_lessons_returns_409_course_empty(instructor: Api) -> None:
    course = new_course(instructor)
    new_section(instructor, course["id"])
    path = f"/api/courses/{course['id']}"
    for rejected in (instructor.post(f"{path}/publish"), instructor.put(path, {"status": "published", "title": "X"})):
        assert (rejected.status, rejected.code) == (409, "course_empty")
    found = instructor.get(path).json
    assert (found["status"], found["title"], found["version"], found["published_at"]) == (
        "draft",
        COURSE["title"],
        1,
        None,
    )


def test_publish_course_twice_returns_the_same_response(instructor: Api) -> None:
    course_id, *_ = published_course(instructor)
    first = instructor.post(f"/api/courses/{course_id}/publish")
    again = instructor.post(f"/api/courses/{course_id}/publish")
    assert first.status == again.status == 200
    assert first.json == again.json
    assert again.json["status"] == "published"


def test_republish_course_keeps_the_first_published_at(instructor: Api) -> None:
    course_id, *_ = published_course(instructor)
    path = f"/api/courses/{course_id}"
    first = instructor.get(path).json["published_at"]
    later = clock.now() + timedelta(minutes=5)
    with clock.override(lambda: later):
        assert instructor.post(f"{path}/unpublish").json["status"] == "draft"
        assert instructor.post(f"{path}/unpublish").json["status"] == "draft"
        again = instructor.put(path, {"status": "published"}).json
    assert (again["status"], again["published_at"]) == ("published", first)
    assert again["updated_at"] == clock.text(later)


def test_publish_concurrent_with_last_lesson_deletion_never_both_succeed(instructor: Api) -> None:
    for _ in range(5):
        course_id = new_course(instructor)["id"]
        lesson_id = new_lesson(instructor, new_section(instructor, course_id))
        with ThreadPoolExecutor(2) as pool:
            published = pool.submit(instructor.post, f"/api/courses/{course_id}/publish")
            deleted = pool.submit(instructor.delete, f"/api/lessons/{lesson_id}")
            statuses = (published.result().status, deleted.result().status)
        assert statuses in ((200, 409), (409, 204))
        course = instructor.get(f"/api/courses/{course_id}").json
        assert course["status"] == "draft" or course["lesson_count"] == 1


def test_list_own_courses_returns_newest_first_in_pages(new_user: Callable[..., Api]) -> None:
    owner, other = new_user("instructor"), new_user("instructor")
    start = clock.now()
    titles = []
    for number in range(5):
        with clock.override(lambda number=number: start + timedelta(seconds=number)):  # type: ignore[misc]
            titles.append(new_course(owner, title=f"Course {number}")["title"])
    new_course(other)
    course_id, *_ = published_course(owner, title="Full")
    found: list[dict[str, Any]] = []
    path = "/api/courses/mine?limit=2"
    while True:
        page = owner.get(path)
        assert page.status == 200
        found += page.json["items"]
        cursor = page.json["next_cursor"]
        if cursor is None:
            break
        assert f"cursor={cursor}" in page.headers["Link"]
        path = f"/api/courses/mine?limit=2&cursor={cursor}"
    assert sorted(each["title"] for each in found) == sorted([*titles, "Full"])
    assert [each["title"] for each in found if each["title"] != "Full"] == titles[::-1]
    full = next(each for each in found if each["id"] == course_id)
    assert (full["lesson_count"], full["status"]) == (1, "published")
    assert "sections" not in full


def test_list_own_courses_with_another_instructors_cursor_returns_400(new_user: Callable[..., Api]) -> None:
    owner, other = new_user("instructor"), new_user("instructor")
    new_course(owner)
    new_course(owner)
    cursor = owner.get("/api/courses/mine?limit=1").json["next_cursor"]
    rejected = other.get(f"/api/courses/mine?limit=1&cursor={cursor}")
    assert (rejected.status, rejected.code) == (400, "cursor_invalid")


def test_create_course_repeated_with_idempotency_key_creates_one_course(instructor: Api) -> None:
    headers = {"Idempotency-Key": "course-1"}
    first = instructor.post("/api/courses", COURSE, headers=headers)
    again = instructor.post("/api/courses", COURSE, headers=headers)
    assert first.json == again.json
    assert len(instructor.get("/api/courses/mine").json["items"]) == 1
