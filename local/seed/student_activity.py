"""Students enroll, pay, learn, and change their minds. What they did before is not done again."""

from dataclasses import dataclass
from typing import Any

from local.seed.api_client import SeedClient, SeedError
from local.seed.payment_driver import PaymentDriver
from local.seed.users import DemoEnrollment, DemoUser


@dataclass(frozen=True)
class PublishedCourse:
    """A published course: its id, its price in minor units, and its lessons in order."""

    id: str
    amount: int
    lesson_ids: tuple[str, ...]


def run_student_activity(
    student: DemoUser, member: SeedClient, courses: dict[str, PublishedCourse], bank: PaymentDriver | None
) -> None:
    """Everything `student` does. Without a bank nobody pays. Raises Unplantable."""
    before = {each["course_id"]: each["status"] for each in member.get("/api/enrollments/my?limit=100")["items"]}
    for study in student.enrollments:
        course = courses[study.course]
        if bank is None and course.amount:
            continue
        status = before.get(course.id)
        if status in (None, "pending"):
            status = _enroll(study, course, member, bank)
        if status == "active":
            _complete_lessons(study, course, member)
        if study.stars and status in ("active", "completed"):
            member.put(f"/api/courses/{course.id}/reviews/my", {"rating": study.stars, "text": study.says or None})


def _enroll(study: DemoEnrollment, course: PublishedCourse, member: SeedClient, bank: PaymentDriver | None) -> str:
    """The status of the enrollment that was made."""
    wanted = {"course_id": course.id}
    if not course.amount or bank is None:
        return str(member.post("/api/enrollments", wanted)["status"])
    order_id = member.post("/api/payments/create-order", wanted)["order_id"]
    if study.payment == "open":
        return "pending"
    checkout = bank.pay(order_id)
    verified = member.post("/api/payments/verify", checkout)
    if study.payment == "refunded":
        bank.refund(checkout["razorpay_payment_id"])
    return str(verified["enrollment"]["status"])


def _complete_lessons(study: DemoEnrollment, course: PublishedCourse, member: SeedClient) -> None:
    for lesson_id in course.lesson_ids[: len(course.lesson_ids) * study.percent // 100]:
        member.put(f"/api/enrollments/{course.id}/lessons/{lesson_id}", {"completed": True})


def count_enrollments_and_payments(members: list[SeedClient]) -> dict[str, int]:
    """Enrollments by status, and `paid`: what was captured and not given back, in minor units."""
    found = {"active": 0, "completed": 0, "pending": 0, "cancelled": 0, "paid": 0}
    for member in members:
        for enrollment in member.get("/api/enrollments/my?limit=100")["items"]:
            found[enrollment["status"]] += 1
        found["paid"] += sum(_net_amount(each) for each in member.get("/api/payments/my?limit=100")["items"])
    return found


def order_ids(members: list[SeedClient]) -> list[str]:
    """The orders of all members, paid or not."""
    return [each["order_id"] for member in members for each in member.get("/api/payments/my?limit=100")["items"]]


def _net_amount(payment: dict[str, Any]) -> int:
    if payment["status"] == "authorized":
        raise SeedError(f"the webhooks of {payment['order_id']} did not arrive")
    return int(payment["captured_amount"] - payment["refunded_amount"])
