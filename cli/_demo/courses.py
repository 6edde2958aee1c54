"""Scenario: an instructor creates and publishes courses."""

from dataclasses import dataclass
from typing import Any, Final

from cli._demo.client import ApiUser
from cli._demo.users import DemoUsers

OLD_PRICE: Final = 49_900
NEW_PRICE: Final = 59_900
LESSON_TEXT: Final = "# Hearing a third\n\nSing **do**, then **mi**. The distance between them is a *major third*."
VIDEO_SECONDS: Final = 90
"""Duration of the clip of the demo data."""


@dataclass
class DemoCourses:
    """The instructor and the ids of the courses and lessons, filled in as they are created."""

    instructor: ApiUser
    free_id: str = ""
    paid_id: str = ""
    lesson_ids: tuple[str, ...] = ()


def rupees(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "INR"}


def course_body(title: str, amount: int) -> dict[str, Any]:
    return {
        "title": title,
        "description": "Six evenings with nothing but your voice and a kitchen chair.",
        "category": "music",
        "level": "beginner",
        "language": "en",
        "price": rupees(amount),
    }


def create_course(courses: DemoCourses) -> None:
    from local.seed.assets import read_clip

    instructor, output = courses.instructor, courses.instructor.output
    with output.step("an instructor creates a course: it is a draft"):
        response = instructor.post("/api/courses", course_body("Sing in tune", OLD_PRICE))
        response.expect(201, {"status": "draft", "price.amount": OLD_PRICE, "instructor.id": instructor.id})
        courses.paid_id = response.value_at("id")
    with output.step("publishing a draft without a lesson is rejected"):
        instructor.post(f"/api/courses/{courses.paid_id}/publish").expect(409, {"code": "course_empty"})
    with output.step("the instructor adds two sections"):
        sections = [
            instructor.post("/api/sections", {"course_id": courses.paid_id, "title": title}).expect(
                201, {"title": title}
            )
            for title in ("Hearing", "Singing")
        ]
    with output.step("the instructor adds a text lesson"):
        text = {"section_id": sections[0].value_at("id"), "title": "A third", "kind": "text", "content": LESSON_TEXT}
        first = instructor.post("/api/lessons", {**text, "duration_seconds": 60}).expect(201, {"kind": "text"})
    with output.step("the instructor adds a video lesson with a direct upload to the media store"):
        purpose = {"purpose": "lesson_video", "course_id": courses.paid_id}
        signed = instructor.post("/api/media/signature", purpose).expect(200)
        upload = {"data": signed.value_at("fields"), "files": {"file": ("lesson.mp4", read_clip(), "video/mp4")}}
        stored = ApiUser(instructor.http, output, instructor.name).call("POST", signed.value_at("upload_url"), **upload)
        stored.expect(200, {"public_id": signed.value_at("public_id"), "resource_type": "video"})
        video_lesson = {"section_id": sections[1].value_at("id"), "title": "Breathing", "kind": "video"}
        video = {"video_public_id": signed.value_at("public_id"), "duration_seconds": VIDEO_SECONDS}
        second = instructor.post("/api/lessons", {**video_lesson, **video})
        second.expect(201, {"kind": "video", "duration_seconds": VIDEO_SECONDS})
    courses.lesson_ids = (first.value_at("id"), second.value_at("id"))


def add_thumbnail_and_publish(courses: DemoCourses, users: DemoUsers) -> None:
    from local.seed.assets import read_cover

    instructor, output, path = courses.instructor, users.output, f"/api/courses/{courses.paid_id}"
    with output.step("the instructor uploads a thumbnail"):
        cover = {"file": ("cover.webp", read_cover("hear-a-raga.webp"), "image/webp")}
        course = instructor.call("PUT", f"{path}/thumbnail", files=cover).expect(200)
        users.anyone().call("GET", course.value_at("thumbnail_url")).expect(200)
    with output.step("the draft is invisible to other users"):
        users.anyone().get(path).expect(404, {"code": "course_not_found"})
    with output.step("the instructor publishes the course"):
        published = instructor.post(f"{path}/publish")
        published.expect(200, {"status": "published", "hidden": False, "lesson_count": 2})
    with output.step("the course is in the catalogue, and its outline is public"):
        catalogue = "/api/courses?sort=newest&category=music&price=paid&limit=100"
        listed = users.anyone().eventually(catalogue, lambda seen: courses.paid_id in ids_of(seen.value_at("items")))
        listed.expect(200, {f"items.{ids_of(listed.value_at('items')).index(courses.paid_id)}.title": "Sing in tune"})
        lessons = {"sections.0.lessons.0.id": courses.lesson_ids[0], "sections.1.lessons.0.id": courses.lesson_ids[1]}
        users.anyone().get(path).expect(200, {"status": "published", **lessons})
    with output.step("the lessons need an enrollment"):
        response = users.anyone().get(f"{path}/lessons/{courses.lesson_ids[0]}")
        response.expect(403, {"code": "not_enrolled"})


def create_free_course(courses: DemoCourses) -> None:
    instructor = courses.instructor
    with instructor.output.step("the instructor publishes a free course and creates another draft"):
        free = instructor.post("/api/courses", course_body("Clap a rhythm", 0)).expect(201, {"price.amount": 0})
        courses.free_id = free.value_at("id")
        section = instructor.post("/api/sections", {"course_id": courses.free_id, "title": "Clapping"}).expect(201)
        lesson = {"section_id": section.value_at("id"), "title": "Four beats", "kind": "text", "content": LESSON_TEXT}
        instructor.post("/api/lessons", lesson).expect(201)
        instructor.put(f"/api/courses/{courses.free_id}", {"status": "published"}).expect(200, {"status": "published"})
        instructor.post("/api/courses", course_body("Write a song", NEW_PRICE)).expect(201, {"status": "draft"})


def ids_of(items: Any) -> list[str]:
    return [item["id"] for item in items or []]
