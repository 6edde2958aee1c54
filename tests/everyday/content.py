"""What courses teach, and its media."""

import hashlib
import json
import time

from tests.conftest import SETTINGS
from tests.everyday.courses import ready_draft
from tests.everyday.world import Call, World, everyday
from tests.integration.authoring import new_course, new_lesson, new_section, published_course


@everyday("PUT /api/courses/{course_id}/outline", "GetItem", "BatchGetItem", "TransactWriteItems", "Query")
def reorder(world: World) -> Call:
    course_id = new_course(world.instructor)["id"]
    sections = [new_section(world.instructor, course_id, title) for title in ("Second", "First")]
    body = {"sections": [{"id": each, "lessons": []} for each in reversed(sections)]}
    return lambda: world.instructor.put(f"/api/courses/{course_id}/outline", body)


@everyday("POST /api/sections", "GetItem", "TransactWriteItems")
def add_section(world: World) -> Call:
    body = {"course_id": ready_draft(world), "title": "Next steps"}
    return lambda: world.instructor.post("/api/sections", body)


@everyday("GET /api/sections/{id}", "Query")
def list_sections(world: World) -> Call:
    course_id, *_ = published_course(world.instructor)
    return lambda: world.anyone.get(f"/api/sections/{course_id}")


@everyday("PUT /api/sections/{id}", "BatchGetItem", "TransactWriteItems", "Query")
def rename_section(world: World) -> Call:
    section_id = new_section(world.instructor, new_course(world.instructor)["id"])
    return lambda: world.instructor.put(f"/api/sections/{section_id}", {"title": "Beginnings, again"})


@everyday("DELETE /api/sections/{id}", "BatchGetItem", "BatchGetItem", "TransactWriteItems")
def delete_section(world: World) -> Call:
    section_id = new_section(world.instructor, new_course(world.instructor)["id"])
    return lambda: world.instructor.delete(f"/api/sections/{section_id}")


@everyday("POST /api/lessons", "BatchGetItem", "TransactWriteItems")
def add_lesson(world: World) -> Call:
    section_id = new_section(world.instructor, new_course(world.instructor)["id"])
    body = {"section_id": section_id, "title": "Water", "kind": "text", "content": "It is *wet*."}
    return lambda: world.instructor.post("/api/lessons", body)


@everyday("GET /api/lessons/{id}", "Query")
def list_lessons(world: World) -> Call:
    _, section_id, _ = published_course(world.instructor)
    return lambda: world.anyone.get(f"/api/lessons/{section_id}")


@everyday("PUT /api/lessons/{id}", "BatchGetItem", "TransactWriteItems", "BatchGetItem")
def edit_lesson(world: World) -> Call:
    _, _, lesson_id = published_course(world.instructor)
    return lambda: world.instructor.put(f"/api/lessons/{lesson_id}", {"title": "More flour", "content": "Rye."})


@everyday("DELETE /api/lessons/{id}", "BatchGetItem", "BatchGetItem", "TransactWriteItems")
def delete_lesson(world: World) -> Call:
    section_id = new_section(world.instructor, new_course(world.instructor)["id"])
    lesson_id = new_lesson(world.instructor, section_id)
    return lambda: world.instructor.delete(f"/api/lessons/{lesson_id}")


@everyday("GET /api/courses/{course_id}/lessons/{lesson_id}", "BatchGetItem")
def learn(world: World) -> Call:
    course_id, _, lesson_id = published_course(world.instructor, price={"amount": 0, "currency": "INR"})
    assert world.student.post("/api/enrollments", {"course_id": course_id}).status == 201
    return lambda: world.student.get(f"/api/courses/{course_id}/lessons/{lesson_id}")


@everyday("POST /api/media/signature", "GetItem")
def sign_upload(world: World) -> Call:
    body = {"purpose": "lesson_video", "course_id": ready_draft(world)}
    return lambda: world.instructor.post("/api/media/signature", body)


@everyday("POST /api/media/notifications", "TransactWriteItems")
def notification(world: World) -> Call:
    signed = sign_upload(world)().json
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
        "X-Cld-Signature": hashlib.sha1(body + timestamp.encode() + secret).hexdigest(),  # noqa: S324 (the service's)
    }
    return lambda: world.anyone.call("POST", "/api/media/notifications", raw=body, headers=headers)
