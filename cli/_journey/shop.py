"""A course is made and published, and found in the catalogue."""

from dataclasses import dataclass
from typing import Any, Final

from cli._journey.cast import Cast
from cli._journey.client import Person

OLD_PRICE: Final = 49_900
NEW_PRICE: Final = 59_900
TEXT: Final = "# Hearing a third\n\nSing **do**, then **mi**. The distance between them is a *major third*."
FILM_SECONDS: Final = 30


@dataclass
class Shop:
    """The instructor and what is for sale; ids as soon as they are made."""

    instructor: Person
    free_id: str = ""
    paid_id: str = ""
    lesson_ids: tuple[str, ...] = ()


def rupees(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "INR"}


def course_in(title: str, amount: int) -> dict[str, Any]:
    return {
        "title": title,
        "description": "Six evenings with nothing but your voice and a kitchen chair.",
        "category": "music",
        "level": "beginner",
        "language": "en",
        "price": rupees(amount),
    }


def make_course(shop: Shop) -> None:
    from local.seed.film import film

    teacher, teller = shop.instructor, shop.instructor.teller
    with teller.step("an instructor makes a course: a draft"):
        answer = teacher.post("/api/courses", course_in("Sing in tune", OLD_PRICE))
        answer.gives(201, {"status": "draft", "price.amount": OLD_PRICE, "instructor.id": teacher.id})
        shop.paid_id = answer.at("id")
    with teller.step("a draft without a lesson is not published"):
        teacher.post(f"/api/courses/{shop.paid_id}/publish").gives(409, {"code": "course_empty"})
    with teller.step("two sections"):
        sections = [
            teacher.post("/api/sections", {"course_id": shop.paid_id, "title": title}).gives(201, {"title": title})
            for title in ("Hearing", "Singing")
        ]
    with teller.step("a text lesson"):
        text = {"section_id": sections[0].at("id"), "title": "A third", "kind": "text", "content": TEXT}
        first = teacher.post("/api/lessons", {**text, "duration_seconds": 60}).gives(201, {"kind": "text"})
    with teller.step("a video lesson, its film uploaded straight to the media store"):
        wanted = {"purpose": "lesson_video", "course_id": shop.paid_id}
        signed = teacher.post("/api/media/signature", wanted).gives(200)
        upload = {"data": signed.at("fields"), "files": {"file": ("a.mp4", film(FILM_SECONDS, "#31572c"), "video/mp4")}}
        stored = Person(teacher.http, teller, teacher.name).call("POST", signed.at("upload_url"), **upload)
        stored.gives(200, {"public_id": signed.at("public_id"), "resource_type": "video"})
        film_lesson = {"section_id": sections[1].at("id"), "title": "Breathing", "kind": "video"}
        given = {**film_lesson, "video_public_id": signed.at("public_id"), "duration_seconds": FILM_SECONDS}
        second = teacher.post("/api/lessons", given).gives(201, {"kind": "video", "duration_seconds": FILM_SECONDS})
    shop.lesson_ids = (first.at("id"), second.at("id"))


def dress_and_publish(shop: Shop, cast: Cast) -> None:
    from local.seed.pictures import cover

    teacher, teller, path = shop.instructor, cast.teller, f"/api/courses/{shop.paid_id}"
    with teller.step("a thumbnail"):
        picture = {"file": ("cover.png", cover("waves", "#31572c", "#ecf39e"), "image/png")}
        dressed = teacher.call("PUT", f"{path}/thumbnail", files=picture).gives(200)
        shown = cast.anyone().call("GET", dressed.at("thumbnail_url"))
        shown.gives(200)
    with teller.step("nobody else sees the draft"):
        cast.anyone().get(path).gives(404, {"code": "course_not_found"})
    with teller.step("published"):
        published = teacher.post(f"{path}/publish")
        published.gives(200, {"status": "published", "hidden": False, "lesson_count": 2})
    with teller.step("in the catalogue, with its outline for anyone"):
        catalogue = "/api/courses?sort=newest&category=music&price=paid&limit=100"
        listed = cast.anyone().eventually(catalogue, lambda seen: shop.paid_id in ids_of(seen.at("items")))
        listed.gives(200, {f"items.{ids_of(listed.at('items')).index(shop.paid_id)}.title": "Sing in tune"})
        lessons = {"sections.0.lessons.0.id": shop.lesson_ids[0], "sections.1.lessons.0.id": shop.lesson_ids[1]}
        cast.anyone().get(path).gives(200, {"status": "published", **lessons})
    with teller.step("its lessons are for those who bought it"):
        teacher_less = cast.anyone().get(f"{path}/lessons/{shop.lesson_ids[0]}")
        teacher_less.gives(403, {"code": "not_enrolled"})


def make_free_course(shop: Shop) -> None:
    teacher = shop.instructor
    with teacher.teller.step("a second course, for nothing, published; and a third that stays a draft"):
        made = teacher.post("/api/courses", course_in("Clap a rhythm", 0)).gives(201, {"price.amount": 0})
        shop.free_id = made.at("id")
        section = teacher.post("/api/sections", {"course_id": shop.free_id, "title": "Clapping"}).gives(201)
        lesson = {"section_id": section.at("id"), "title": "Four beats", "kind": "text", "content": TEXT}
        teacher.post("/api/lessons", lesson).gives(201)
        teacher.put(f"/api/courses/{shop.free_id}", {"status": "published"}).gives(200, {"status": "published"})
        teacher.post("/api/courses", course_in("Write a song", NEW_PRICE)).gives(201, {"status": "draft"})


def ids_of(items: Any) -> list[str]:
    return [item["id"] for item in items or []]
