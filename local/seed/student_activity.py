"""The students' activity: enroll, pay, complete lessons, review. Completed activity is not repeated."""

from dataclasses import dataclass
from typing import Any

from local.seed.api_client import SeedClient, SeedError
from local.seed.payment_driver import PaymentDriver
from local.seed.users import DemoEnrollment, DemoUser


@dataclass(frozen=True)
class PublishedCourse:
    """A published course: its id, its price in minor units, and the ids of its lessons in order."""

    id: str
    amount: int
    lesson_ids: tuple[str, ...]


def run_student_activity(
    student: DemoUser, client: SeedClient, courses: dict[str, PublishedCourse], payments: PaymentDriver | None
) -> None:
    """Run the whole activity of `student`. Without `payments` paid courses are skipped. Raises SeedError."""
    stored = client.get("/api/enrollments/my?limit=100")["items"]
    statuses = {enrollment["course_id"]: enrollment["status"] for enrollment in stored}
    for enrollment in student.enrollments:
        course = courses[enrollment.course]
        if payments is None and course.amount:
            continue
        status = statuses.get(course.id)
        if status in (None, "pending"):
            status = _enroll(enrollment, course, client, payments)
        if status == "active":
            _complete_lessons(enrollment, course, client)
        if enrollment.rating and status in ("active", "completed"):
            review = {"rating": enrollment.rating, "text": enrollment.review or None}
            client.put(f"/api/courses/{course.id}/reviews/my", review)


def _enroll(
    enrollment: DemoEnrollment, course: PublishedCourse, client: SeedClient, payments: PaymentDriver | None
) -> str:
    """The status of the new enrollment."""
    body = {"course_id": course.id}
    if not course.amount or payments is None:
        return str(client.post("/api/enrollments", body)["status"])
    order_id = client.post("/api/payments/create-order", body)["order_id"]
    if enrollment.payment == "open":
        return "pending"
    checkout = payments.pay(order_id)
    verified = client.post("/api/payments/verify", checkout)
    if enrollment.payment == "refunded":
        payments.refund(checkout["razorpay_payment_id"])
    return str(verified["enrollment"]["status"])


def _complete_lessons(enrollment: DemoEnrollment, course: PublishedCourse, client: SeedClient) -> None:
    for lesson_id in course.lesson_ids[: len(course.lesson_ids) * enrollment.progress_percent // 100]:
        client.put(f"/api/enrollments/{course.id}/lessons/{lesson_id}", {"completed": True})


def count_enrollments_and_payments(clients: list[SeedClient]) -> dict[str, int]:
    """The number of enrollments by status, and `paid`: the captured less the refunded amount, in minor units.

    Raises SeedError when a payment is only authorized: its webhooks were not delivered."""
    counts = {"active": 0, "completed": 0, "pending": 0, "cancelled": 0, "paid": 0}
    for client in clients:
        for enrollment in client.get("/api/enrollments/my?limit=100")["items"]:
            counts[enrollment["status"]] += 1
        counts["paid"] += sum(_net_amount(payment) for payment in _payments(client))
    return counts


def order_ids(clients: list[SeedClient]) -> list[str]:
    """The ids of all orders of these users, paid or not."""
    return [payment["order_id"] for client in clients for payment in _payments(client)]


def _payments(client: SeedClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/api/payments/my?limit=100")["items"]
    return items


def _net_amount(payment: dict[str, Any]) -> int:
    if payment["status"] == "authorized":
        raise SeedError(f"the webhooks of {payment['order_id']} were not delivered")
    return int(payment["captured_amount"] - payment["refunded_amount"])
