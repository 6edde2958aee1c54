"""Make the demo data on a running instance."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
"""The admin's headline once everything is made: the mark that nothing is to be made again."""
_MAX_WORKERS: Final = 4


def seed_demo_data(base_url: str, say: Callable[[str], None] = lambda line: print(line, flush=True)) -> None:
    """Makes the demo data on the instance at `base_url`, whose settings are in the environment, and tells how to sign
    in. Does nothing where it has been made, and finishes what was begun. Raises Unplantable."""
    from shared.config import settings

    chosen = settings()
    if chosen.stage != "local":
        raise SeedError("everyone knows the password of the demo data: it is made on a local instance only")
    with ExitStack() as closing:
        http = closing.enter_context(httpx.Client(base_url=base_url, timeout=30))
        ensure_admin()
        admin = sign_in(http, EMAIL)
        instructors, students = read_users()
        if admin.get("/api/auth/me")["headline"] == _SEEDED_HEADLINE:
            say("the demo data is here already: nothing was made")
        else:
            bank = find_payment_driver(chosen.razorpay_base_url, http)
            if bank is None:
                say(f"{chosen.razorpay_base_url} is not the stand-in for Razorpay: nobody buys in the demo data")
            pool = closing.enter_context(ThreadPoolExecutor(_MAX_WORKERS))
            say(_create_demo_data(http, pool, instructors, students, bank))
            admin.call("PATCH", "/api/auth/me", json={"headline": _SEEDED_HEADLINE})
        for line in _sign_in_help(base_url, instructors, students):
            say(line)


def _create_demo_data(
    http: httpx.Client,
    pool: ThreadPoolExecutor,
    instructors: list[DemoUser],
    students: list[DemoUser],
    bank: PaymentDriver | None,
) -> str:
    """What was made, in a line."""
    people = [*instructors, *students]
    members = dict(
        zip([each.key for each in people], pool.map(lambda each: _create_user(http, each), people), strict=True)
    )
    courses = read_courses()
    there = {each.key: course_creation.courses_by_title(members[each.key]) for each in instructors}
    made = pool.map(
        lambda each: course_creation.ensure_course(each, members[each.teacher], there[each.teacher].get(each.title)),
        courses,
    )
    # One after the other, so that the catalogue has the same order every time.
    taught = {
        course.slug: _publish(course_id, members[course.teacher])
        for course, course_id in zip(courses, made, strict=True)
        if not course.draft
    }
    learners = [members[each.key] for each in students]
    _wait_for_webhooks(bank, learners)  # of what an earlier run paid
    for _ in pool.map(
        lambda each: student_activity.run_student_activity(each, members[each.key], taught, bank), students
    ):
        pass
    _wait_for_webhooks(bank, learners)
    return _summary(courses, instructors, students, student_activity.count_enrollments_and_payments(learners))


def _wait_for_webhooks(bank: PaymentDriver | None, learners: list[SeedClient]) -> None:
    if bank and not bank.wait_for_webhooks(student_activity.order_ids(learners)):
        raise SeedError("the stand-in's webhooks do not arrive")


def _create_user(http: httpx.Client, human: DemoUser) -> SeedClient:
    member = register_or_sign_in(http, human)
    if human.headline:
        member.call("PATCH", "/api/auth/me", json={"headline": human.headline, "bio": human.bio})
    return member


def _publish(course_id: str, teacher: SeedClient) -> PublishedCourse:
    page: dict[str, Any] = teacher.post(f"/api/courses/{course_id}/publish")
    lessons = [lesson["id"] for section in page["sections"] for lesson in section["lessons"]]
    return PublishedCourse(course_id, page["price"]["amount"], tuple(lessons))


def _summary(
    courses: list[CourseText], instructors: list[DemoUser], students: list[DemoUser], figures: dict[str, int]
) -> str:
    drafts = sum(course.draft for course in courses)
    lessons = sum(len(course.lessons) for course in courses)
    states = ", ".join(f"{figures[status]} {status}" for status in ("active", "completed", "pending", "cancelled"))
    return (
        f"made demo data: 1 admin, {len(instructors)} instructors, {len(students)} students; "
        f"{len(courses) - drafts} courses and {drafts} draft with {lessons} lessons; "
        f"enrollments: {states}; Rs {figures['paid'] // 100:,} paid"
    )


def _sign_in_help(base_url: str, instructors: list[DemoUser], students: list[DemoUser]) -> list[str]:
    def addresses(people: list[DemoUser]) -> str:
        return ", ".join(each.email for each in people[:3]) + (", ..." if len(people) > 3 else "")

    return [
        f"  sign in at {base_url}/ with the password: {PASSWORD}",
        f"    admin       {EMAIL}",
        f"    instructor  {addresses(instructors)}",
        f"    student     {addresses(students)}",
    ]
