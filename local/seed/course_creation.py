"""Create the instructors' courses. A complete course is left unchanged; an incomplete one is created again."""

from collections.abc import Mapping
from typing import Any

from local.seed.api_client import SeedClient, json_or_raise
from local.seed.assets import read_clip, read_cover
from local.seed.course_files import CourseText, LessonText
from local.waiting import wait_until


def courses_by_title(instructor: SeedClient) -> dict[str, dict[str, Any]]:
    """The instructor's courses by title. Raises SeedError."""
    return {course["title"]: course for course in instructor.get("/api/courses/mine?limit=100")["items"]}


def ensure_course(course: CourseText, instructor: SeedClient, existing: Mapping[str, Any] | None) -> str:
    """The id of the course, a draft with its lessons and cover. `existing`: the stored course with the same title.

    Raises SeedError."""
    if existing and (existing["status"] == "published" or _is_complete(course, existing)):
        return str(existing["id"])
    if existing:
        instructor.call("DELETE", f"/api/courses/{existing['id']}")
    body = {
        "title": course.title,
        "description": course.description,
        "category": course.category,
        "level": course.level,
        "language": course.language,
        "price": {"amount": course.price * 100, "currency": "INR"},
    }
    course_id: str = instructor.post("/api/courses", body)["id"]
    for section in course.sections:
        section_id = instructor.post("/api/sections", {"course_id": course_id, "title": section.title})["id"]
        for lesson in section.lessons:
            lesson_body = _lesson_body(course_id, lesson, instructor)
            instructor.post("/api/lessons", {"section_id": section_id, **lesson_body})
    # The media service notifies the product of the cover a moment later: see `wait_for_covers`.
    _upload("thumbnail", course_id, ("cover.webp", read_cover(course.cover)), instructor)
    return course_id


def wait_for_covers(instructor: SeedClient) -> bool:
    """Wait until each course of the instructor has its cover; False after a minute."""
    return wait_until(lambda: all(course["thumbnail_url"] for course in courses_by_title(instructor).values()))


def _is_complete(course: CourseText, existing: Mapping[str, Any]) -> bool:
    return existing["lesson_count"] == len(course.lessons) and existing["thumbnail_url"] is not None


def _lesson_body(course_id: str, lesson: LessonText, instructor: SeedClient) -> dict[str, Any]:
    body = {"title": lesson.title, "duration_seconds": lesson.duration_seconds, "preview": lesson.preview}
    if lesson.video_seconds is None:
        return {**body, "kind": "text", "content": lesson.text}
    public_id = _upload("lesson_video", course_id, ("lesson.mp4", read_clip()), instructor)
    return {**body, "kind": "video", "video_public_id": public_id}


def _upload(purpose: str, course_id: str, file: tuple[str, bytes], instructor: SeedClient) -> str:
    """The public id of the file after a direct upload to the media store, as in a browser: the token is for the API
    alone."""
    signed = instructor.post("/api/media/signature", {"purpose": purpose, "course_id": course_id})
    json_or_raise(instructor.http.post(signed["upload_url"], data=signed["fields"], files={"file": file}))
    public_id: str = signed["public_id"]
    return public_id
