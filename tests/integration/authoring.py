"""What most tests of courses begin with."""

from typing import Any

from tests.api import Api

COURSE = {
    "title": "Baking bread",
    "description": "From flour to loaf.",
    "category": "cooking",
    "level": "beginner",
    "language": "en",
    "price": {"amount": 49_900, "currency": "INR"},
}


def new_course(by: Api, **changes: Any) -> dict[str, Any]:
    made = by.post("/api/courses", {**COURSE, **changes})
    assert made.status == 201, made.text
    return dict(made.json)


def new_section(by: Api, course_id: str, title: str = "Beginnings") -> str:
    made = by.post("/api/sections", {"course_id": course_id, "title": title})
    assert made.status == 201, made.text
    return str(made.json["id"])


def new_lesson(by: Api, section_id: str, title: str = "Flour", **changes: Any) -> str:
    given = {"section_id": section_id, "title": title, "kind": "text", "content": "# Flour\n\nIt is *milled*."}
    made = by.post("/api/lessons", {**given, **changes})
    assert made.status == 201, made.text
    return str(made.json["id"])


def published_course(by: Api, **changes: Any) -> tuple[str, str, str]:
    """Ids of a published course, its section and its lesson."""
    course_id = new_course(by, **changes)["id"]
    section_id = new_section(by, course_id)
    lesson_id = new_lesson(by, section_id)
    assert by.post(f"/api/courses/{course_id}/publish").status == 200
    return course_id, section_id, lesson_id
