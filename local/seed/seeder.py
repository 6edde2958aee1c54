"""Create the demo data on a running instance."""

import importlib
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Final

import httpx

from local.seed import course_creation
from local.seed.admin import EMAIL, PASSWORD, ensure_admin
from local.seed.api_client import SeedClient, SeedError, register_or_sign_in, sign_in
from local.seed.course_files import CourseText, read_courses
from local.seed.days import DemoDays, DemoPlan
from local.seed.offers import read_offers
from local.seed.payment_driver import PaymentDriver, find_payment_driver
from local.seed.student_activity import PublishedCourse
from local.seed.timeline import PresentTimeline, Timeline
from local.seed.users import DemoUser, read_users

_SEEDED_HEADLINE: Final = "Keeps this school of demo data in order"
"""The admin's headline after a complete run: it marks an instance whose demo data is complete."""
_MAX_WORKERS: Final = 4


def seed_demo_data(
    base_url: str,
    print_line: Callable[[str], None] = lambda line: print(line, flush=True),
    timeline: Timeline | None = None,
) -> None:
    """Create the demo data on the instance at `base_url`, whose settings are in the environment, and print how to sign
    in. Does nothing when it is complete, and continues an interrupted run. Without `timeline` everything happens today.
    Raises SeedError."""
    from shared.config import settings

    configured = settings()
    if configured.stage != "local":
        raise SeedError("the password of the demo data is public: it is created on a local instance only")
    instructors, students = read_users()
    plan, days = DemoPlan(students, *read_offers()), timeline or PresentTimeline()
    with ExitStack() as exit_stack:
        http = exit_stack.enter_context(httpx.Client(base_url=base_url, timeout=30))
        days.begin_day(plan.days()[0])
        ensure_admin()
        admin = sign_in(http, EMAIL)
        if admin.get("/api/auth/me")["headline"] == _SEEDED_HEADLINE:
            print_line("the demo data exists already: nothing was created")
        else:
            payments = find_payment_driver(configured.razorpay_base_url, http)
            if payments is None:
                print_line(f"{configured.razorpay_base_url} is not the fake Razorpay: the demo data has no purchases")
            pool = exit_stack.enter_context(ThreadPoolExecutor(_MAX_WORKERS))
            print_line(_create_demo_data(http, pool, instructors, plan, payments, days))
            sign_in(http, EMAIL).call("PATCH", "/api/auth/me", json={"headline": _SEEDED_HEADLINE})
        for line in _sign_in_help(base_url, instructors, students):
            print_line(line)


def _create_demo_data(
    http: httpx.Client,
    pool: Executor,
    instructors: list[DemoUser],
    plan: DemoPlan,
    payments: PaymentDriver | None,
    timeline: Timeline,
) -> str:
    """A summary in one line."""
    created = pool.map(lambda user: _create_instructor(http, user), instructors)
    clients = {user.key: client for user, client in zip(instructors, created, strict=True)}
    courses = read_courses()
    published = _create_courses(pool, courses, clients)
    timeline.end_day()
    addresses = {user.key: user.email for user in instructors}
    emails = {course.slug: addresses[course.instructor] for course in courses}
    DemoDays(http, pool, plan, published, emails, payments, timeline).run()
    if payments:
        _record_account(timeline.started_at(plan.days()[0]))
    return _summary(courses, instructors, plan, payments.earned() if payments else 0)


def _record_account(since: datetime) -> None:
    """Record settlements and fees since then, as `import-settlements` does. The settings of the instance are in the
    environment. Raises StoreUnavailable."""
    account = importlib.import_module("functions.payments.reconciliation.account.account_stages")
    stages = importlib.import_module("functions.payments.reconciliation.stages")
    healing = importlib.import_module("functions.payments.reconciliation.heal_orders")
    differences = importlib.import_module("functions.payments.reconciliation.open_differences")
    healer = healing.Healer(differences.OpenDifferences(), lambda: float("inf"))
    start, now = int(since.timestamp()), int(time.time())
    account.read_history(stages.Slice(start, now, start, healer), lambda _stage: None)


def _create_courses(
    pool: Executor, courses: list[CourseText], clients: dict[str, SeedClient]
) -> dict[str, PublishedCourse]:
    """The published courses by slug."""
    existing = {key: course_creation.courses_by_title(clients[key]) for key in {c.instructor for c in courses}}
    course_ids = list(
        pool.map(
            lambda course: course_creation.ensure_course(
                course, clients[course.instructor], existing[course.instructor].get(course.title)
            ),
            courses,
        )
    )
    if not all(course_creation.wait_for_covers(clients[key]) for key in existing):
        raise SeedError("the notifications of the fake Cloudinary are not delivered")
    # Published one after the other, so that the order of the catalogue is always the same.
    return {
        course.slug: _publish(course_id, clients[course.instructor])
        for course, course_id in zip(courses, course_ids, strict=True)
        if not course.draft
    }


def _create_instructor(http: httpx.Client, user: DemoUser) -> SeedClient:
    client = register_or_sign_in(http, user)
    client.call("PATCH", "/api/auth/me", json=user.profile)
    return client


def _publish(course_id: str, instructor: SeedClient) -> PublishedCourse:
    page: dict[str, Any] = instructor.post(f"/api/courses/{course_id}/publish")
    lessons = [lesson["id"] for section in page["sections"] for lesson in section["lessons"]]
    return PublishedCourse(course_id, page["price"]["amount"], tuple(lessons))


def _summary(courses: list[CourseText], instructors: list[DemoUser], plan: DemoPlan, earned: int) -> str:
    drafts = sum(course.draft for course in courses)
    lessons = sum(len(course.lessons) for course in courses)
    return (
        f"created demo data: 1 admin, {len(instructors)} instructors, {len(plan.students)} students; "
        f"{len(courses) - drafts} courses and {drafts} draft with {lessons} lessons; Rs {earned // 100:,} earned"
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
