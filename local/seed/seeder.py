"""Create the demo data on a running instance."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Final

import httpx

from local.seed import course_creation, student_activity
from local.seed.admin import EMAIL, PASSWORD, ensure_admin
from local.seed.api_client import SeedClient, SeedError, register_or_sign_in, sign_in
from local.seed.course_files import CourseText, read_courses
from local.seed.payment_driver import PaymentDriver, find_payment_driver
from local.seed.student_activity import PublishedCourse
from local.seed.users import DemoUser, read_users

_SEEDED_HEADLINE: Final = "Keeps this school of demo data in order"
"""The admin's headline after a complete run: it marks an instance whose demo data is complete."""
_MAX_WORKERS: Final = 4


def seed_demo_data(base_url: str, print_line: Callable[[str], None] = lambda line: print(line, flush=True)) -> None:
    """Create the demo data on the instance at `base_url`, whose settings are in the environment, and print how to sign
    in. Does nothing when it is complete, and continues an interrupted run. Raises SeedError."""
    from shared.config import settings

    configured = settings()
    if configured.stage != "local":
        raise SeedError("the password of the demo data is public: it is created on a local instance only")
    with ExitStack() as exit_stack:
        http = exit_stack.enter_context(httpx.Client(base_url=base_url, timeout=30))
        ensure_admin()
        admin = sign_in(http, EMAIL)
        instructors, students = read_users()
        if admin.get("/api/auth/me")["headline"] == _SEEDED_HEADLINE:
            print_line("the demo data exists already: nothing was created")
        else:
            payments = find_payment_driver(configured.razorpay_base_url, http)
            if payments is None:
                print_line(f"{configured.razorpay_base_url} is not the fake Razorpay: the demo data has no purchases")
            pool = exit_stack.enter_context(ThreadPoolExecutor(_MAX_WORKERS))
            print_line(_create_demo_data(http, pool, instructors, students, payments))
            admin.call("PATCH", "/api/auth/me", json={"headline": _SEEDED_HEADLINE})
        for line in _sign_in_help(base_url, instructors, students):
            print_line(line)


def _create_demo_data(
    http: httpx.Client,
    pool: Executor,
    instructors: list[DemoUser],
    students: list[DemoUser],
    payments: PaymentDriver | None,
) -> str:
    """A summary in one line."""
    users = [*instructors, *students]
    created = pool.map(lambda user: _create_user(http, user), users)
    clients = {user.key: client for user, client in zip(users, created, strict=True)}
    courses = read_courses()
    published = _create_courses(pool, courses, clients)
    learners = [clients[student.key] for student in students]
    _wait_for_webhooks(payments, learners)  # of orders that an interrupted run has paid
    for _ in pool.map(
        lambda student: student_activity.run_student_activity(student, clients[student.key], published, payments),
        students,
    ):
        pass
    _wait_for_webhooks(payments, learners)
    return _summary(courses, instructors, students, student_activity.count_enrollments_and_payments(learners))


def _create_courses(
    pool: Executor, courses: list[CourseText], clients: dict[str, SeedClient]
) -> dict[str, PublishedCourse]:
    """The published courses by slug."""
    existing = {key: course_creation.courses_by_title(clients[key]) for key in {c.instructor for c in courses}}
    course_ids = pool.map(
        lambda course: course_creation.ensure_course(
            course, clients[course.instructor], existing[course.instructor].get(course.title)
        ),
        courses,
    )
    # Published one after the other, so that the order of the catalogue is always the same.
    return {
        course.slug: _publish(course_id, clients[course.instructor])
        for course, course_id in zip(courses, course_ids, strict=True)
        if not course.draft
    }


def _wait_for_webhooks(payments: PaymentDriver | None, learners: list[SeedClient]) -> None:
    if payments and not payments.wait_for_webhooks(student_activity.order_ids(learners)):
        raise SeedError("the webhooks of the fake Razorpay are not delivered")


def _create_user(http: httpx.Client, user: DemoUser) -> SeedClient:
    client = register_or_sign_in(http, user)
    if user.headline:
        client.call("PATCH", "/api/auth/me", json={"headline": user.headline, "bio": user.bio})
    return client


def _publish(course_id: str, instructor: SeedClient) -> PublishedCourse:
    page: dict[str, Any] = instructor.post(f"/api/courses/{course_id}/publish")
    lessons = [lesson["id"] for section in page["sections"] for lesson in section["lessons"]]
    return PublishedCourse(course_id, page["price"]["amount"], tuple(lessons))


def _summary(
    courses: list[CourseText], instructors: list[DemoUser], students: list[DemoUser], counts: dict[str, int]
) -> str:
    drafts = sum(course.draft for course in courses)
    lessons = sum(len(course.lessons) for course in courses)
    by_status = ", ".join(f"{counts[status]} {status}" for status in ("active", "completed", "pending", "cancelled"))
    return (
        f"created demo data: 1 admin, {len(instructors)} instructors, {len(students)} students; "
        f"{len(courses) - drafts} courses and {drafts} draft with {lessons} lessons; "
        f"enrollments: {by_status}; Rs {counts['paid'] // 100:,} paid"
    )


def _sign_in_help(base_url: str, instructors: list[DemoUser], students: list[DemoUser]) -> list[str]:
    def addresses(users: list[DemoUser]) -> str:
        return ", ".join(user.email for user in users[:3]) + (", ..." if len(users) > 3 else "")

    return [
        f"  sign in at {base_url}/ with the password: {PASSWORD}",
        f"    admin       {EMAIL}",
        f"    instructor  {addresses(instructors)}",
        f"    student     {addresses(students)}",
    ]
