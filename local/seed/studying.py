"""Students enroll, pay, learn, and change their minds. What they did before is not done again."""

from dataclasses import dataclass
from typing import Any

from local.seed.bank import Bank
from local.seed.client import Member, Unplantable
from local.seed.people import Human, Study


@dataclass(frozen=True)
class Taught:
    """A published course: its id, its price in minor units, and its lessons in order."""

    id: str
    amount: int
    lesson_ids: tuple[str, ...]


def study_all(student: Human, member: Member, courses: dict[str, Taught], bank: Bank | None) -> None:
    """Everything `student` does. Without a bank nobody pays. Raises Unplantable."""
    before = {each["course_id"]: each["status"] for each in member.get("/api/enrollments/my?limit=100")["items"]}
    for study in student.studies:
        course = courses[study.course]
        if bank is None and course.amount:
            continue
        status = before.get(course.id)
        if status in (None, "pending"):
            status = _enroll(study, course, member, bank)
        if status == "active":
            _learn(study, course, member)
        if study.stars and status in ("active", "completed"):
            member.put(f"/api/courses/{course.id}/reviews/my", {"rating": study.stars, "text": study.says or None})


def _enroll(study: Study, course: Taught, member: Member, bank: Bank | None) -> str:
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


def _learn(study: Study, course: Taught, member: Member) -> None:
    for lesson_id in course.lesson_ids[: len(course.lesson_ids) * study.percent // 100]:
        member.put(f"/api/enrollments/{course.id}/lessons/{lesson_id}", {"completed": True})


def figures(members: list[Member]) -> dict[str, int]:
    """Enrollments by status, and `paid`: what was captured and not given back, in minor units."""
    found = {"active": 0, "completed": 0, "pending": 0, "cancelled": 0, "paid": 0}
    for member in members:
        for enrollment in member.get("/api/enrollments/my?limit=100")["items"]:
            found[enrollment["status"]] += 1
        found["paid"] += sum(_kept(each) for each in member.get("/api/payments/my?limit=100")["items"])
    return found


def order_ids(members: list[Member]) -> list[str]:
    """The orders of all members, paid or not."""
    return [each["order_id"] for member in members for each in member.get("/api/payments/my?limit=100")["items"]]


def _kept(payment: dict[str, Any]) -> int:
    if payment["status"] == "authorized":
        raise Unplantable(f"the webhooks of {payment['order_id']} did not arrive")
    return int(payment["captured_amount"] - payment["refunded_amount"])
