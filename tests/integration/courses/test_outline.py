"""Sections, lessons, and their order in the outline."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.db.courses import course_pages
from shared.db.entities import Lesson, LessonBody, Outline
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from tests.fixtures.api import Api
from tests.fixtures.course_authoring import new_course, new_lesson, new_section, published_course


def get_outline(user: Api, course_id: str) -> dict[str, list[str]]:
    """Section ids to lesson ids, both in the order of the outline."""
    sections = user.get(f"/api/courses/{course_id}").json["sections"]
    return {section["id"]: [lesson["id"] for lesson in section["lessons"]] for section in sections}


def outline_body(order: dict[str, list[str]]) -> dict[str, Any]:
    return {"sections": [{"id": section, "lessons": lessons} for section, lessons in order.items()]}


def create_two_sections(user: Api) -> tuple[str, list[str], list[str]]:
    """A course with two sections of two lessons each: its id, section ids, lesson ids."""
    course_id = new_course(user)["id"]
    sections = [new_section(user, course_id, name) for name in ("One", "Two")]
    lessons = [new_lesson(user, sections[number // 2], f"Lesson {number}") for number in range(4)]
    return course_id, sections, lessons


def assert_outline_consistent(course_id: str) -> None:
    """Asserts that outline and items contain the same sections and lessons, and that the lesson count is correct."""
    page = course_pages.read(course_id)
    assert page is not None
    ids = page.outline.lesson_ids()
    assert sorted(ids) == sorted(page.lessons)
    assert page.outline.lesson_count == len(ids)
    assert sorted(page.outline.sections) == sorted(page.sections) == sorted(page.outline.lessons.as_dict())
    bodies = [item for item in store.query_all(keys.course(course_id).pk) if isinstance(item, LessonBody)]
    assert sorted(body.lesson_id for body in bodies) == sorted(ids)


def test_outline_lists_sections_and_lessons_in_creation_order(instructor: Api) -> None:
    course_id, (first, second), lessons = create_two_sections(instructor)
    assert get_outline(instructor, course_id) == {first: lessons[:2], second: lessons[2:]}
    course = instructor.get(f"/api/courses/{course_id}").json
    assert course["lesson_count"] == 4
    assert course["sections"][0] == {
        "id": first,
        "course_id": course_id,
        "title": "One",
        "lessons": [
            {"id": lessons[0], "title": "Lesson 0", "kind": "text", "duration_seconds": 0, "preview": False},
            {"id": lessons[1], "title": "Lesson 1", "kind": "text", "duration_seconds": 0, "preview": False},
        ],
    }
    assert instructor.get(f"/api/sections/{course_id}").json == {"items": course["sections"], "next_cursor": None}
    assert instructor.get(f"/api/lessons/{second}").json == {
        "items": course["sections"][1]["lessons"],
        "next_cursor": None,
    }
    assert_outline_consistent(course_id)


def test_outline_20_concurrent_lessons_are_all_stored(instructor: Api) -> None:
    course_id = new_course(instructor)["id"]
    section_id = new_section(instructor, course_id)
    with ThreadPoolExecutor(20) as pool:
        created = list(pool.map(lambda number: new_lesson(instructor, section_id, f"Lesson {number}"), range(20)))
    assert sorted(get_outline(instructor, course_id)[section_id]) == sorted(created)
    assert instructor.get(f"/api/courses/{course_id}").json["lesson_count"] == 20
    assert_outline_consistent(course_id)


def test_outline_concurrent_adds_and_deletes_stay_consistent(instructor: Api) -> None:
    course_id = new_course(instructor)["id"]
    section_id = new_section(instructor, course_id)
    to_delete = [new_lesson(instructor, section_id) for _ in range(3)]
    with ThreadPoolExecutor(12) as pool:
        added = [pool.submit(new_lesson, instructor, section_id) for _ in range(6)]
        sections = [pool.submit(new_section, instructor, course_id) for _ in range(3)]
        deleted = [pool.submit(instructor.delete, f"/api/lessons/{each}") for each in to_delete]
    deleted_ids = {each for each, reply in zip(to_delete, deleted, strict=True) if reply.result().status == 204}
    assert all(reply.result().status in (204, 409) for reply in deleted)
    found = get_outline(instructor, course_id)
    assert set(found[section_id]) == {each.result() for each in added} | set(to_delete) - deleted_ids
    assert set(found) == {section_id} | {each.result() for each in sections}
    assert_outline_consistent(course_id)


def test_outline_put_of_any_permutation_stores_that_order(instructor: Api) -> None:
    course_id, (first, second), (a, b, c, d) = create_two_sections(instructor)
    for order in (
        {second: [d, a], first: [c, b]},
        {first: [], second: [c, b, a, d]},
        {first: [a, b, c, d], second: []},
    ):
        reply = instructor.put(f"/api/courses/{course_id}/outline", outline_body(order))
        assert reply.status == 200
        assert get_outline(instructor, course_id) == order
        assert list(get_outline(instructor, course_id)) == list(order)
        assert reply.json["sections"] == instructor.get(f"/api/courses/{course_id}").json["sections"]
        assert_outline_consistent(course_id)
    assert [each["id"] for each in instructor.get(f"/api/lessons/{first}").json["items"]] == [a, b, c, d]


def test_outline_put_of_non_permutation_returns_409_and_changes_nothing(instructor: Api) -> None:
    course_id, (first, second), (a, b, c, d) = create_two_sections(instructor)
    foreign_course, _, foreign = create_two_sections(instructor)
    before = instructor.get(f"/api/courses/{course_id}").json
    for order in (
        {first: [a, b], second: [c]},
        {first: [a, b], second: [c, d, d]},
        {first: [a, b], second: [c, d, foreign[0]]},
        {first: [a, b, c, d]},
        {first: [a, b], second: [c, d], "sec_unknown": []},
        {},
    ):
        rejected = instructor.put(f"/api/courses/{course_id}/outline", outline_body(order))
        assert (rejected.status, rejected.code) == (409, "outline_changed")
    twice = {"sections": [{"id": first, "lessons": [a, b]}, {"id": first, "lessons": [c, d]}]}
    assert instructor.put(f"/api/courses/{course_id}/outline", twice).code == "outline_changed"
    assert instructor.put(f"/api/courses/{course_id}/outline", {"sections": None}).status == 422
    assert instructor.get(f"/api/courses/{course_id}").json == before
    assert len(get_outline(instructor, foreign_course)) == 2


def test_outline_put_with_stale_if_match_returns_412(instructor: Api) -> None:
    course_id, (first, second), (a, b, c, d) = create_two_sections(instructor)
    path = f"/api/courses/{course_id}/outline"
    seen = instructor.get(f"/api/courses/{course_id}").headers["ETag"]
    order = outline_body({second: [c, d], first: [a, b]})
    moved = instructor.put(path, order, headers={"If-Match": seen})
    assert moved.status == 200
    rejected = instructor.put(path, outline_body({first: [a, b], second: [c, d]}), headers={"If-Match": seen})
    assert (rejected.status, rejected.code) == (412, "precondition_failed")
    assert list(get_outline(instructor, course_id)) == [second, first]
    seen = moved.headers["ETag"]
    assert instructor.put(f"/api/courses/{course_id}", {"title": "New"}).status == 200
    assert instructor.put(path, order, headers={"If-Match": seen}).status == 412


def test_outline_concurrent_puts_never_lose_a_lesson(instructor: Api) -> None:
    course_id, (first, second), (a, b, c, d) = create_two_sections(instructor)
    path = f"/api/courses/{course_id}/outline"
    orders = [{second: [d, c, b, a], first: []}, {first: [b], second: [a, c, d]}]
    for _ in range(5):
        seen = instructor.get(f"/api/courses/{course_id}").headers["ETag"]
        with ThreadPoolExecutor(2) as pool:
            calls = [
                pool.submit(instructor.put, path, outline_body(order), headers={"If-Match": seen}) for order in orders
            ]
        assert sorted(call.result().status for call in calls) == [200, 412]
        assert get_outline(instructor, course_id) in orders
        assert_outline_consistent(course_id)
    with ThreadPoolExecutor(2) as pool:
        assert [
            reply.status for reply in pool.map(lambda order: instructor.put(path, outline_body(order)), orders)
        ] == [
            200,
            200,
        ]
    assert get_outline(instructor, course_id) in orders
    assert_outline_consistent(course_id)


def test_outline_put_concurrent_with_new_lesson_keeps_all_lessons(instructor: Api) -> None:
    course_id, (first, second), (a, b, c, d) = create_two_sections(instructor)
    with ThreadPoolExecutor(2) as pool:
        ordered = pool.submit(
            instructor.put, f"/api/courses/{course_id}/outline", outline_body({second: [d, c], first: [b, a]})
        )
        added = pool.submit(new_lesson, instructor, first)
    found = get_outline(instructor, course_id)
    assert ordered.result().status in (200, 409)
    assert {lesson for lessons in found.values() for lesson in lessons} == {a, b, c, d, added.result()}
    assert_outline_consistent(course_id)


def test_delete_section_with_lessons_returns_409_and_empty_returns_204(instructor: Api) -> None:
    course_id, (first, second), (a, b, c, d) = create_two_sections(instructor)
    rejected = instructor.delete(f"/api/sections/{first}")
    assert (rejected.status, rejected.code) == (409, "section_not_empty")
    assert (
        instructor.put(f"/api/courses/{course_id}/outline", outline_body({first: [], second: [a, b, c, d]})).status
        == 200
    )
    assert instructor.delete(f"/api/sections/{first}").status == 204
    assert get_outline(instructor, course_id) == {second: [a, b, c, d]}
    again = instructor.delete(f"/api/sections/{first}")
    assert (again.status, again.code) == (404, "section_not_found")
    lost = instructor.post("/api/lessons", {"section_id": first, "title": "X", "kind": "text", "content": "x"})
    assert (lost.status, lost.code) == (404, "section_not_found")
    assert_outline_consistent(course_id)


def test_delete_lesson_removes_item_body_and_outline_entry(instructor: Api) -> None:
    course_id, (first, second), (a, b, c, d) = create_two_sections(instructor)
    moved = outline_body({first: [b], second: [a, c, d]})
    assert instructor.put(f"/api/courses/{course_id}/outline", moved).status == 200
    assert instructor.delete(f"/api/lessons/{a}").status == 204
    assert get_outline(instructor, course_id) == {first: [b], second: [c, d]}
    assert store.get(Lesson, keys.lesson(course_id, a)) is None
    assert store.get(LessonBody, keys.lesson_body(course_id, a)) is None
    assert (
        instructor.delete(f"/api/lessons/{a}").code,
        instructor.get(f"/api/courses/{course_id}/lessons/{a}").code,
    ) == (
        "lesson_not_found",
        "lesson_not_found",
    )
    assert_outline_consistent(course_id)


def test_delete_last_lesson_of_published_course_returns_409(instructor: Api) -> None:
    course_id, section_id, lesson_id = published_course(instructor)
    rejected = instructor.delete(f"/api/lessons/{lesson_id}")
    assert (rejected.status, rejected.code) == (409, "course_empty")
    assert get_outline(instructor, course_id) == {section_id: [lesson_id]}
    other = new_lesson(instructor, section_id)
    assert instructor.delete(f"/api/lessons/{lesson_id}").status == 204
    assert instructor.delete(f"/api/lessons/{other}").status == 409
    assert instructor.post(f"/api/courses/{course_id}/unpublish").status == 200
    assert instructor.delete(f"/api/lessons/{other}").status == 204
    assert instructor.post(f"/api/courses/{course_id}/publish").code == "course_empty"


def test_delete_last_two_lessons_concurrently_keeps_one(instructor: Api) -> None:
    course_id, section_id, lesson_id = published_course(instructor)
    lessons = [lesson_id, new_lesson(instructor, section_id)]
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(
            reply.status for reply in pool.map(lambda each: instructor.delete(f"/api/lessons/{each}"), lessons)
        )
    assert statuses == [204, 409]
    assert instructor.get(f"/api/courses/{course_id}").json["lesson_count"] == 1
    assert_outline_consistent(course_id)


@pytest.mark.parametrize(("resource", "limit"), [("sections", 100), ("lessons", 500)])
def test_outline_beyond_section_or_lesson_limit_returns_409_outline_full(
    instructor: Api, resource: str, limit: int
) -> None:
    course_id = new_course(instructor)["id"]
    section_id = new_section(instructor, course_id)
    changes = [Outline.lesson_count.set(limit)]
    if resource == "sections":
        changes = [Outline.sections.set([section_id, *(f"sec_{number}" for number in range(limit - 1))])]
    transaction = Transaction()
    transaction.update("outline", keys.outline(course_id), changes, Outline.pk.exists())
    assert not transaction.commit()
    body: dict[str, Any] = {"section_id": section_id, "title": "X", "kind": "text", "content": "x"}
    path = "/api/lessons"
    if resource == "sections":
        path, body = "/api/sections", {"course_id": course_id, "title": "X"}
    rejected = instructor.post(path, body)
    assert (rejected.status, rejected.code) == (409, "outline_full")
    assert len(store.query_all(keys.course(course_id).pk)) == 3


def test_update_section_trims_title_and_keeps_lessons(instructor: Api) -> None:
    course_id, (first, _), lessons = create_two_sections(instructor)
    renamed = instructor.put(f"/api/sections/{first}", {"title": "  Renamed "})
    assert renamed.status == 200
    assert (renamed.json["title"], [each["id"] for each in renamed.json["lessons"]]) == ("Renamed", lessons[:2])
    assert instructor.get(f"/api/courses/{course_id}").json["sections"][0] == renamed.json
    assert instructor.put(f"/api/sections/{first}", {"title": ""}).status == 422
