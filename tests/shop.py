"""A course to sell and a gateway to pay at: the product's handlers on one side, the stand-in's books on the other."""

import json
from dataclasses import dataclass, field
from typing import Any

from local.asgi.messages import Request
from local.razorpay import FakeRazorpay
from local.razorpay.api.control import handle_control_request
from shared import clock, ids
from shared.db.entities import Course, Enrollment, Lesson, Outline, Payment, Section
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import CourseLevel, CourseStatus, LessonKind
from tests.api import Api, Reply
from tests.clockwork import FakeClock

PRICE = 49_900


def put_published_course(instructor_id: str, *, amount: int = PRICE, lessons: int = 2, **changes: Any) -> Course:
    """A published course with one section, written as the courses function stores it."""
    course_id, now = ids.course(), clock.now()
    section_id = ids.section(course_id)
    lesson_ids = [ids.lesson(course_id) for _ in range(lessons)]
    listing = keys.instructor_listing(instructor_id, now, course_id)
    course = Course.build(
        keys.course(course_id),
        **{
            "course_id": course_id,
            "instructor_id": instructor_id,
            "instructor_name": "Asha Rao",
            "title": "Ragas for beginners",
            "description": "Ten evening ragas.",
            "category": "music",
            "level": CourseLevel.BEGINNER,
            "language": "en",
            "amount": amount,
            "currency": "INR",
            "status": CourseStatus.PUBLISHED,
            "version": 1,
            "created_at": now,
            "updated_at": now,
            "published_at": now,
            "gsi1pk": listing.pk,
            "gsi1sk": listing.sk,
            **changes,
        },
    )
    writing = Transaction()
    writing.put("course", course)
    writing.put(
        "outline",
        Outline.build(
            keys.outline(course_id),
            course_id=course_id,
            sections=[section_id],
            lessons={section_id: lesson_ids},
            lesson_count=lessons,
            version=1,
        ),
    )
    writing.put(
        "section",
        Section.build(
            keys.section(course_id, section_id),
            section_id=section_id,
            course_id=course_id,
            title="Evening",
            created_at=now,
        ),
    )
    for number, lesson_id in enumerate(lesson_ids):
        writing.put(
            f"lesson{number}",
            Lesson.build(
                keys.lesson(course_id, lesson_id),
                lesson_id=lesson_id,
                course_id=course_id,
                title=f"Raga {number + 1}",
                lesson_kind=LessonKind.TEXT,
                duration_seconds=600,
                preview=False,
                created_at=now,
                updated_at=now,
            ),
        )
    assert not writing.commit()
    return course


@dataclass
class Storefront:
    """`now` stands still for both sides; the gateway's webhooks arrive when `deliver` is called, as often as wanted."""

    gateway: FakeRazorpay
    clock: FakeClock
    course: Course
    delivered: list[str] = field(default_factory=list)

    def request_order(self, learner: Api, course_id: str = "") -> Reply:
        """For an order; it may be refused."""
        return learner.post("/api/payments/create-order", {"course_id": course_id or self.course.course_id})

    def create_order(self, learner: Api, course_id: str = "") -> dict[str, Any]:
        reply = self.request_order(learner, course_id)
        assert reply.status in (200, 201), reply.text
        opened: dict[str, Any] = reply.json
        return opened

    def enroll(self, learner: Api, course_id: str = "") -> Reply:
        return learner.post("/api/enrollments", {"course_id": course_id or self.course.course_id})

    def withdraw(self, learner: Api, course_id: str = "") -> None:
        reply = learner.delete(f"/api/enrollments/{course_id or self.course.course_id}")
        assert reply.status == 200, reply.text

    def gateway_order_ids(self) -> list[str]:
        """Ids of all orders of the gateway, oldest first."""
        return list(self.gateway.ledger.orders)

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = Request(method=method, path=f"/_local/{path}", body=json.dumps(body or {}).encode())
        answer = handle_control_request(self.gateway, request)
        document: dict[str, Any] = json.loads(answer.body)
        assert answer.status == 200, document
        return document

    def pay(self, order_id: str, outcome: str = "captured", **fields: Any) -> dict[str, str]:
        """What Checkout gives the browser after paying at the gateway."""
        paid = self.control("POST", f"orders/{order_id}/pay", {"outcome": outcome, **fields})
        return {name: value for name, value in paid.items() if name.startswith("razorpay_")}

    def verify(self, learner: Api, checkout: dict[str, str]) -> Reply:
        return learner.post("/api/payments/verify", checkout)

    def deliver(self, *events: str, redeliver: bool = False) -> list[Reply]:
        """Delivers the gateway's events that were not delivered yet (all of them with `again`), or those named."""
        replies = []
        for event in list(self.gateway.ledger.outbox.events.values()):
            if (events and event.type not in events) or (event.id in self.delivered and not redeliver):
                continue
            self.delivered.append(event.id)
            replies.append(self.send(event))
        return replies

    def send(self, event: Any) -> Reply:
        return Api().call("POST", "/api/payments/webhook", raw=event.body.encode(), headers=event.headers())

    def sweep(self) -> dict[str, Any]:
        from functions.payments import sweep_handler

        report = sweep_handler.lambda_handler({}, None)
        left = {"deferred": report["deferred"]} if report["deferred"] else {}
        return {**report["verdicts"], **left}

    def payment(self, order_id: str) -> Payment:
        stored = store.get(Payment, keys.payment(order_id))
        assert stored
        return stored

    def enrollment(self, learner: Api, course_id: str = "") -> Enrollment:
        stored = store.get(Enrollment, keys.enrollment(learner.user_id, course_id or self.course.course_id))
        assert stored
        return stored

    def states(self, learner: Api, order_id: str) -> tuple[str, str]:
        """(payment, enrollment) as stored."""
        return self.payment(order_id).status.value, self.enrollment(learner).status.value


def refund(admin: Api, order_id: str, amount: int | None = None, key: str | None = None, **fields: Any) -> Reply:
    body = {"reason": "asked by mail", **fields} | ({"amount": amount} if amount else {})
    return admin.post(f"/api/payments/{order_id}/refund", body, headers={"Idempotency-Key": key} if key else None)
