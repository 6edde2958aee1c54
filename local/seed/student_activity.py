"""The students' activity: enroll, pay, complete lessons, review. Completed activity is not repeated."""

from dataclasses import dataclass

from local.seed.api_client import SeedClient
from local.seed.payment_driver import PaymentDriver
from local.seed.users import DemoEnrollment, DemoUser

_ACCESS = ("active", "completed")


@dataclass(frozen=True)
class PublishedCourse:
    """A published course: its id, its price in minor units, and the ids of its lessons in order."""

    id: str
    amount: int
    lesson_ids: tuple[str, ...]


def run_visit(
    student: DemoUser,
    client: SeedClient,
    days_ago: int,
    courses: dict[str, PublishedCourse],
    payments: PaymentDriver | None,
) -> None:
    """What `student` does on that day: enroll; and on the last visit, learn in all courses. Without `payments` paid
    courses are skipped. Raises SeedError."""
    stored = client.get("/api/enrollments/my?limit=100")["items"]
    statuses: dict[str, str | None] = {enrollment["course_id"]: enrollment["status"] for enrollment in stored}
    for enrollment in student.enrollments_of(days_ago):
        course = courses[enrollment.course]
        if statuses.get(course.id) in (None, "pending") and (payments or not course.amount):
            statuses[course.id] = _enroll(enrollment, course, client, payments)
    if days_ago == student.last_visit:
        for enrollment in student.enrollments:
            _learn(enrollment, courses[enrollment.course], client, statuses.get(courses[enrollment.course].id))


def _enroll(
    enrollment: DemoEnrollment, course: PublishedCourse, client: SeedClient, payments: PaymentDriver | None
) -> str:
    """The status of the new enrollment."""
    body = {"course_id": course.id}
    if not course.amount or payments is None:
        return str(client.post("/api/enrollments", body)["status"])
    if enrollment.coupon:
        body["coupon"] = enrollment.coupon
    order = client.post("/api/payments/create-order", body)
    if order["status"] == "active":  # the coupon made the course free
        return "active"
    if enrollment.payment == "open":
        return "pending"
    checkout = payments.pay(order["order_id"])
    verified = client.post("/api/payments/verify", checkout)
    return str(verified["enrollment"]["status"])


def _learn(enrollment: DemoEnrollment, course: PublishedCourse, client: SeedClient, status: str | None) -> None:
    if status == "active":
        for lesson_id in course.lesson_ids[: len(course.lesson_ids) * enrollment.progress_percent // 100]:
            client.put(f"/api/enrollments/{course.id}/lessons/{lesson_id}", {"completed": True})
    if enrollment.rating and status in _ACCESS:
        review = {"rating": enrollment.rating, "text": enrollment.review or None}
        client.put(f"/api/courses/{course.id}/reviews/my", review)
