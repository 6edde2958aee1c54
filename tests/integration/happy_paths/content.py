"""Normal calls of the section, lesson and media routes."""

import hashlib
import json
import time

from tests.conftest import SETTINGS
from tests.fixtures.course_authoring import new_course, new_lesson, new_section, published_course
from tests.integration.happy_paths.courses import draft_with_lesson
from tests.integration.happy_paths.registry import Call, RouteContext, happy_path


@happy_path("PUT /api/courses/{course_id}/outline", "GetItem", "BatchGetItem", "TransactWriteItems", "Query")
def update_outline(context: RouteContext) -> Call:
    course_id = new_course(context.instructor)["id"]
    sections = [new_section(context.instructor, course_id, title) for title in ("Second", "First")]
    body = {"sections": [{"id": each, "lessons": []} for each in reversed(sections)]}
    return lambda: context.instructor.put(f"/api/courses/{course_id}/outline", body)


@happy_path("POST /api/sections", "GetItem", "TransactWriteItems")
def add_section(context: RouteContext) -> Call:
    body = {"course_id": draft_with_lesson(context), "title": "Next steps"}
    return lambda: context.instructor.post("/api/sections", body)


@happy_path("GET /api/sections/{id}", "Query")
def list_sections(context: RouteContext) -> Call:
    course_id, *_ = published_course(context.instructor)
    return lambda: context.anyone.get(f"/api/sections/{course_id}")


@happy_path("PUT /api/sections/{id}", "BatchGetItem", "TransactWriteItems", "Query")
def rename_section(context: RouteContext) -> Call:
    section_id = new_section(context.instructor, new_course(context.instructor)["id"])
    return lambda: context.instructor.put(f"/api/sections/{section_id}", {"title": "Beginnings, again"})


@happy_path("DELETE /api/sections/{id}", "BatchGetItem", "BatchGetItem", "TransactWriteItems")
def delete_section(context: RouteContext) -> Call:
    section_id = new_section(context.instructor, new_course(context.instructor)["id"])
    return lambda: context.instructor.delete(f"/api/sections/{section_id}")


@happy_path("POST /api/lessons", "BatchGetItem", "TransactWriteItems")
def add_lesson(context: RouteContext) -> Call:
    section_id = new_section(context.instructor, new_course(context.instructor)["id"])
    body = {"section_id": section_id, "title": "Water", "kind": "text", "content": "It is *wet*."}
    return lambda: context.instructor.post("/api/lessons", body)


@happy_path("GET /api/lessons/{id}", "Query")
def list_lessons(context: RouteContext) -> Call:
    _, section_id, _ = published_course(context.instructor)
    return lambda: context.anyone.get(f"/api/lessons/{section_id}")


@happy_path("PUT /api/lessons/{id}", "BatchGetItem", "TransactWriteItems", "BatchGetItem")
def edit_lesson(context: RouteContext) -> Call:
    _, _, lesson_id = published_course(context.instructor)
    return lambda: context.instructor.put(f"/api/lessons/{lesson_id}", {"title": "More flour", "content": "Rye."})


@happy_path("DELETE /api/lessons/{id}", "BatchGetItem", "BatchGetItem", "TransactWriteItems")
def delete_lesson(context: RouteContext) -> Call:
    section_id = new_section(context.instructor, new_course(context.instructor)["id"])
    lesson_id = new_lesson(context.instructor, section_id)
    return lambda: context.instructor.delete(f"/api/lessons/{lesson_id}")


@happy_path("GET /api/courses/{course_id}/lessons/{lesson_id}", "BatchGetItem")
def get_lesson(context: RouteContext) -> Call:
    course_id, _, lesson_id = published_course(context.instructor, price={"amount": 0, "currency": "INR"})
    assert context.student.post("/api/enrollments", {"course_id": course_id}).status == 201
    return lambda: context.student.get(f"/api/courses/{course_id}/lessons/{lesson_id}")


@happy_path("POST /api/media/signature", "GetItem")
def sign_upload(context: RouteContext) -> Call:
    body = {"purpose": "lesson_video", "course_id": draft_with_lesson(context)}
    return lambda: context.instructor.post("/api/media/signature", body)


@happy_path("POST /api/media/notifications", "TransactWriteItems")
def receive_notification(context: RouteContext) -> Call:
    signed = sign_upload(context)().json
    notice = {
        "notification_type": "upload",
        "public_id": signed["public_id"],
        "version": 1_900_000_000,
        "format": "mp4",
        "resource_type": "video",
        "type": "authenticated",
        "bytes": 100,
        "duration": 90.5,
    }
    body, timestamp = json.dumps(notice).encode(), str(int(time.time()))
    secret = SETTINGS["LMS_CLOUDINARY_API_SECRET"].encode()
    headers = {
        "X-Cld-Timestamp": timestamp,
        "X-Cld-Signature": hashlib.sha1(body + timestamp.encode() + secret).hexdigest(),  # noqa: S324 (Cloudinary's algorithm)
    }
    return lambda: context.anyone.call("POST", "/api/media/notifications", raw=body, headers=headers)
