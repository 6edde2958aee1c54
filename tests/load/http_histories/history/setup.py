"""The users and courses of a history, all made over HTTP; only the admin is made by a command, as in production."""

from collections.abc import Mapping
from random import Random

from tests.load.http_histories.history.api_user import ApiUser, Reply
from tests.load.http_histories.history.history import PRICES, Course, History, Possible


def set_up(history: History) -> None:
    """Register, and create and publish the courses. Raises RuntimeError when the product refuses."""
    history.instructor.register()
    for learner in history.learners:
        learner.register()
    history.admin.sign_in()
    random = Random(f"{history.plan.seed}:courses")
    for number in range(history.plan.courses):
        history.courses.append(_create_course(history.instructor, number, random))
    history.note(f"begins with {len(history.learners)} learners, {len(history.courses)} courses, {history.plan.loss}")


def _create_course(instructor: ApiUser, number: int, random: Random) -> Course:
    price = random.choice(PRICES)
    body = {
        "title": f"Course {number} of {instructor.name}",
        "description": "Six evenings with nothing but your voice and a kitchen chair.",
        "category": "music",
        "level": "beginner",
        "language": "en",
        "price": {"amount": price, "currency": "INR"},
    }
    key = f"{instructor.email} {number}"
    course_id = _created(instructor, "/api/courses", body, key)
    section_id = _created(instructor, "/api/sections", {"course_id": course_id, "title": "Hearing"}, f"{key} section")
    lesson_ids = [
        _created(
            instructor,
            "/api/lessons",
            {"section_id": section_id, "title": f"Lesson {each}", "kind": "text", "content": "Sing."},
            f"{key} lesson {each}",
        )
        for each in range(2)
    ]
    _require(instructor.call("POST", f"/api/courses/{course_id}/publish"))
    return Course(course_id, lesson_ids, Possible(price))


def _created(user: ApiUser, path: str, body: Mapping[str, object], key: str) -> str:
    reply = _require(user.call("POST", path, body, headers={"Idempotency-Key": key.replace(" ", "-")}))
    return str(reply.body["id"])


def _require(reply: Reply | None) -> Reply:
    if reply is None or not reply.ok:
        raise RuntimeError(f"the product refused to set up a history: {reply}")
    return reply
