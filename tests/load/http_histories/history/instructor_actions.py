"""What instructors do with their courses while learners buy them."""

from random import Random

from tests.load.http_histories.history.history import PRICES, Course, History
from tests.load.http_histories.history.learner_actions import outcome


def change_price(history: History, random: Random) -> None:
    course, price = random.choice(history.courses), random.choice(PRICES)
    body = {"price": {"amount": price, "currency": "INR"}}
    with course.price.changing_to(price) as confirm:
        reply = history.instructor.call("PUT", f"/api/courses/{course.course_id}", body, random=random)
        if reply is not None and reply.ok:
            confirm()
    history.play("change the price", f"{course.course_id} to {price} {outcome(reply)}")


def unpublish(history: History, random: Random) -> None:
    """Close the course to new buyers, and usually publish it again soon."""
    course = random.choice(history.courses)
    _change_status(history, random, course, "unpublish")
    if random.random() < 0.8:
        _change_status(history, random, course, "publish")


def _change_status(history: History, random: Random, course: Course, action: str) -> None:
    with course.status.changing_to("draft" if action == "unpublish" else "published") as confirm:
        reply = history.instructor.call("POST", f"/api/courses/{course.course_id}/{action}", random=random)
        if reply is not None and reply.ok:
            confirm()
    history.play(action, f"{course.course_id} {outcome(reply)}")
