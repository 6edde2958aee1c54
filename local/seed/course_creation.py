"""Instructors make their courses. A course that is there already is left alone; half of one is made anew."""

from collections.abc import Mapping
from typing import Any

from local.seed.api_client import SeedClient, json_or_raise
from local.seed.course_files import CourseText, LessonText
from local.seed.film import film
from local.seed.pictures import cover


def courses_by_title(teacher: SeedClient) -> dict[str, dict[str, Any]]:
    """The teacher's courses by title."""
    return {course["title"]: course for course in teacher.get("/api/courses/mine?limit=100")["items"]}


def ensure_course(course: CourseText, teacher: SeedClient, there: Mapping[str, Any] | None) -> str:
    """The id of the course, a draft with its lessons and cover. `there`: what is stored under its title, if anything.

    Raises Unplantable."""
    if there and (there["status"] == "published" or _is_complete(course, there)):
        return str(there["id"])
    if there:
        teacher.call("DELETE", f"/api/courses/{there['id']}")
    given = {
        "title": course.title,
        "description": course.description,
        "category": course.category,
        "level": course.level,
        "language": course.language,
        "price": {"amount": course.price * 100, "currency": "INR"},
    }
    course_id: str = teacher.post("/api/courses", given)["id"]
    for section in course.sections:
        section_id = teacher.post("/api/sections", {"course_id": course_id, "title": section.title})["id"]
        for lesson in section.lessons:
            body = _lesson_body(course, course_id, lesson, teacher)
            teacher.post("/api/lessons", {"section_id": section_id, **body})
    picture = {"file": ("cover.png", cover(*course.cover), "image/png")}
    teacher.call("PUT", f"/api/courses/{course_id}/thumbnail", files=picture)
    return course_id


def _is_complete(course: CourseText, there: Mapping[str, Any]) -> bool:
    return there["lesson_count"] == len(course.lessons) and there["thumbnail_url"] is not None


def _lesson_body(course: CourseText, course_id: str, lesson: LessonText, teacher: SeedClient) -> dict[str, Any]:
    known = {"title": lesson.title, "duration_seconds": lesson.duration_seconds, "preview": lesson.preview}
    if lesson.video_seconds is None:
        return {**known, "kind": "text", "content": lesson.text}
    wanted = {"purpose": "lesson_video", "course_id": course_id}
    signed = teacher.post("/api/media/signature", wanted)
    data = film(lesson.video_seconds, course.cover[1])
    # Straight to the media store, as a browser does: the token is for the API alone.
    json_or_raise(teacher.http.post(signed["upload_url"], data=signed["fields"], files={"file": ("film.mp4", data)}))
    return {**known, "kind": "video", "video_public_id": signed["public_id"]}
