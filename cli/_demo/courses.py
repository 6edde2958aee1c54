"""A course is made and published, and found in the catalogue."""

from dataclasses import dataclass
from typing import Any, Final

from cli._demo.client import ApiUser
from cli._demo.users import DemoUsers

OLD_PRICE: Final = 49_900
NEW_PRICE: Final = 59_900
LESSON_TEXT: Final = "# Hearing a third\n\nSing **do**, then **mi**. The distance between them is a *major third*."
VIDEO_SECONDS: Final = 30


@dataclass
class DemoCourses:
    """The instructor and what is for sale; ids as soon as they are made."""

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


def create_course(shop: DemoCourses) -> None:
    from local.seed.film import film

    teacher, teller = shop.instructor, shop.instructor.output
    with teller.step("an instructor makes a course: a draft"):
        answer = teacher.post("/api/courses", course_body("Sing in tune", OLD_PRICE))
        answer.expect(201, {"status": "draft", "price.amount": OLD_PRICE, "instructor.id": teacher.id})
        shop.paid_id = answer.value_at("id")
    with teller.step("a draft without a lesson is not published"):
        teacher.post(f"/api/courses/{shop.paid_id}/publish").expect(409, {"code": "course_empty"})
    with teller.step("two sections"):
        sections = [
            teacher.post("/api/sections", {"course_id": shop.paid_id, "title": title}).expect(201, {"title": title})
            for title in ("Hearing", "Singing")
        ]
    with teller.step("a text lesson"):
        text = {"section_id": sections[0].value_at("id"), "title": "A third", "kind": "text", "content": LESSON_TEXT}
        first = teacher.post("/api/lessons", {**text, "duration_seconds": 60}).expect(201, {"kind": "text"})
    with teller.step("a video lesson, its film uploaded straight to the media store"):
        wanted = {"purpose": "lesson_video", "course_id": shop.paid_id}
        signed = teacher.post("/api/media/signature", wanted).expect(200)
        upload = {
            "data": signed.value_at("fields"),
            "files": {"file": ("a.mp4", film(VIDEO_SECONDS, "#31572c"), "video/mp4")},
        }
        stored = ApiUser(teacher.http, teller, teacher.name).call("POST", signed.value_at("upload_url"), **upload)
        stored.expect(200, {"public_id": signed.value_at("public_id"), "resource_type": "video"})
        film_lesson = {"section_id": sections[1].value_at("id"), "title": "Breathing", "kind": "video"}
        given = {**film_lesson, "video_public_id": signed.value_at("public_id"), "duration_seconds": VIDEO_SECONDS}
        second = teacher.post("/api/lessons", given).expect(201, {"kind": "video", "duration_seconds": VIDEO_SECONDS})
    shop.lesson_ids = (first.value_at("id"), second.value_at("id"))


def add_thumbnail_and_publish(shop: DemoCourses, cast: DemoUsers) -> None:
    from local.seed.pictures import cover

    teacher, teller, path = shop.instructor, cast.output, f"/api/courses/{shop.paid_id}"
    with teller.step("a thumbnail"):
        picture = {"file": ("cover.png", cover("waves", "#31572c", "#ecf39e"), "image/png")}
        dressed = teacher.call("PUT", f"{path}/thumbnail", files=picture).expect(200)
        shown = cast.anyone().call("GET", dressed.value_at("thumbnail_url"))
        shown.expect(200)
    with teller.step("nobody else sees the draft"):
        cast.anyone().get(path).expect(404, {"code": "course_not_found"})
    with teller.step("published"):
        published = teacher.post(f"{path}/publish")
        published.expect(200, {"status": "published", "hidden": False, "lesson_count": 2})
    with teller.step("in the catalogue, with its outline for anyone"):
        catalogue = "/api/courses?sort=newest&category=music&price=paid&limit=100"
        listed = cast.anyone().eventually(catalogue, lambda seen: shop.paid_id in ids_of(seen.value_at("items")))
        listed.expect(200, {f"items.{ids_of(listed.value_at('items')).index(shop.paid_id)}.title": "Sing in tune"})
        lessons = {"sections.0.lessons.0.id": shop.lesson_ids[0], "sections.1.lessons.0.id": shop.lesson_ids[1]}
        cast.anyone().get(path).expect(200, {"status": "published", **lessons})
    with teller.step("its lessons are for those who bought it"):
        teacher_less = cast.anyone().get(f"{path}/lessons/{shop.lesson_ids[0]}")
        teacher_less.expect(403, {"code": "not_enrolled"})


def create_free_course(shop: DemoCourses) -> None:
    teacher = shop.instructor
    with teacher.output.step("a second course, for nothing, published; and a third that stays a draft"):
        made = teacher.post("/api/courses", course_body("Clap a rhythm", 0)).expect(201, {"price.amount": 0})
        shop.free_id = made.value_at("id")
        section = teacher.post("/api/sections", {"course_id": shop.free_id, "title": "Clapping"}).expect(201)
        lesson = {"section_id": section.value_at("id"), "title": "Four beats", "kind": "text", "content": LESSON_TEXT}
        teacher.post("/api/lessons", lesson).expect(201)
        teacher.put(f"/api/courses/{shop.free_id}", {"status": "published"}).expect(200, {"status": "published"})
        teacher.post("/api/courses", course_body("Write a song", NEW_PRICE)).expect(201, {"status": "draft"})


def ids_of(items: Any) -> list[str]:
    return [item["id"] for item in items or []]
