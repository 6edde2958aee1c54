"""The concurrent actions of 32 learners and their instructor, all through the API."""

from collections.abc import Callable
from dataclasses import dataclass

from local.waiting import wait_until
from shared.db.entities import Outline
from shared.db.table import keys, store
from shared.domain.lifecycle import PaymentStatus
from tests.fixtures.api import Api, Reply
from tests.fixtures.course_authoring import new_course, new_lesson, new_section
from tests.fixtures.storefront import Storefront, put_published_course, refund

PRICES = (49_900, 12_345, 101)


@dataclass
class LoadScenario:
    """`paid_courses` and `free_course` are courses as (course id, lesson ids). The number of a learner determines the
    actions of `run_learner(number)`."""

    shop: Storefront
    instructor: Api
    admin: Api
    new_user: Callable[..., Api]
    paid_courses: list[tuple[str, list[str]]]
    free_course: tuple[str, list[str]]

    @classmethod
    def create(cls, shop: Storefront, instructor: Api, admin: Api, new_user: Callable[..., Api]) -> "LoadScenario":
        paid = [_create_course(instructor, price) for price in PRICES]
        return cls(shop, instructor, admin, new_user, paid, _create_course(instructor, 0))

    def run_learner(self, number: int) -> None:
        """Buys a course, completes lessons, and is refunded fully, partly or not; enrolls in the free course, and
        withdraws or completes lessons; every fourth learner makes the instructor publish a course."""
        learner = self.new_user("student")
        course_id, lessons = self.paid_courses[number % len(self.paid_courses)]
        order_id = self._buy(learner, course_id)
        self._complete_lessons(learner, course_id, lessons[: number % (len(lessons) + 1)])
        if number % 4 == 0:
            self._refund(order_id, None)
        elif number % 4 == 1:
            self._refund(order_id, PRICES[-1])
        free, free_lessons = self.free_course
        _assert_status(201, learner.post("/api/enrollments", {"course_id": free}))
        if number % 5 == 0:
            _assert_status(200, learner.delete(f"/api/enrollments/{free}"))
        else:
            self._complete_lessons(learner, free, free_lessons[: number % 3])
        if number % 4 == 3:
            self._publish_course(number)

    def _buy(self, learner: Api, course_id: str) -> str:
        order_id = str(self.shop.create_order(learner, course_id)["order_id"])
        checkout = self.shop.pay(order_id)
        self.shop.deliver()
        _assert_status(200, self.shop.verify(learner, checkout))
        # Another learner's thread may deliver the webhook of this payment, a moment later.
        captured = wait_until(lambda: self.shop.payment(order_id).status is PaymentStatus.CAPTURED)
        assert captured, f"{order_id} was not captured"
        return order_id

    def _complete_lessons(self, learner: Api, course_id: str, lessons: list[str]) -> None:
        for lesson_id in lessons:
            path = f"/api/enrollments/{course_id}/lessons/{lesson_id}"
            _assert_status(200, learner.put(path, {"completed": True}))

    def _refund(self, order_id: str, part: int | None) -> None:
        _assert_status(200, refund(self.admin, order_id, part, order_id))

    def _publish_course(self, number: int) -> None:
        course_id = new_course(self.instructor, title=f"Course {number}")["id"]
        new_lesson(self.instructor, new_section(self.instructor, course_id))
        _assert_status(200, self.instructor.post(f"/api/courses/{course_id}/publish"))
        if number % 3 == 0:
            _assert_status(200, self.instructor.post(f"/api/courses/{course_id}/unpublish"))
        elif number % 3 == 1:
            hide = {"hidden": True, "reason": "copied"}
            _assert_status(200, self.admin.patch(f"/api/courses/{course_id}/moderation", hide))

    def process_refunds(self) -> None:
        """Runs the sweep until all refunds are processed. It polls a refund 15 minutes after the request."""
        for _ in range(2):
            self.shop.clock.advance(minutes=16)
            self.shop.sweep()
            self.shop.deliver()


def _create_course(instructor: Api, price: int) -> tuple[str, list[str]]:
    course = put_published_course(instructor.user_id, amount=price)
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    return course.course_id, outline.lesson_ids()


def _assert_status(status: int, reply: Reply) -> None:
    assert reply.status == status, reply.text
