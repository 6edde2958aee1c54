"""Names, activity and rankings in the read models, and revenue totals that are exact to the paisa."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from functions.dashboards.recount import compare
from shared import clock, ids
from shared.db.entities import Course, User
from shared.db.read_models import dashboard_queries, instructor_listing, instructor_names
from shared.db.table import keys, store
from shared.domain.lifecycle import Role
from tests.fixtures import rows
from tests.fixtures.api import Api

Project = Callable[[], int]


def test_instructor_ranking_ignores_older_name_and_activity(run_projector: Project) -> None:
    now, instructor_id = clock.now(), ids.user()
    later, earlier = now + timedelta(seconds=1), now - timedelta(seconds=1)
    instructor_listing.set_instructor_name(instructor_id, "New", now, later, is_instructor=True)
    instructor_listing.set_instructor_name(instructor_id, "Old", now, earlier, is_instructor=True)
    instructor_listing.record_activity(instructor_id, "Older", later)
    instructor_listing.record_activity(instructor_id, "Oldest", earlier)
    [listed] = dashboard_queries.active_instructors(5)
    assert (listed.name, listed.last_activity) == ("New", later)


def test_instructor_ranking_prefers_users_name_over_course_name(run_projector: Project) -> None:
    now, instructor_id = clock.now(), ids.user()
    instructor_listing.record_activity(instructor_id, "From the course", now)
    instructor_listing.set_instructor_name(instructor_id, "Own", now - timedelta(days=1), now, is_instructor=True)
    [listed] = dashboard_queries.active_instructors(5)
    assert (listed.name, listed.last_activity) == ("Own", now)


def test_course_ranking_orders_by_net_revenue(admin: Api, run_projector: Project) -> None:
    courses = [rows.put_course(title=f"{amount}", amount=amount) for amount in (100, 2000, 30000)]
    payments = [rows.put_payment(ids.user(), course, course.amount) for course in courses]
    run_projector()

    def ranked() -> list[str]:
        return [each["title"] for each in admin.get("/api/dashboard/admin").json["revenue"]["by_course"]]

    assert ranked() == ["30000", "2000", "100"]
    rows.update(payments[2], refunded_amount=29000)
    rows.update(payments[1], refunded_amount=2000)
    run_projector()
    assert ranked() == ["30000", "100", "2000"]


def test_revenue_totals_of_random_amounts_equal_the_exact_sums(admin: Api, run_projector: Project) -> None:
    randomness, expected = random.Random(20261101), Counter[str]()
    courses = [rows.put_course(amount=1) for _ in range(3)]
    for _ in range(40):
        amount = randomness.randrange(1, 10**9)
        refunded = randomness.choice([0, randomness.randrange(amount + 1), amount])
        payment = rows.put_payment(ids.user(), randomness.choice(courses), amount)
        if refunded:
            rows.update(payment, refunded_amount=refunded)
        expected.update(gross=amount, refunded=refunded, net=amount - refunded)
    run_projector()
    revenue = admin.get("/api/dashboard/admin").json["revenue"]
    for name, amount in expected.items():
        assert revenue[name] == [{"amount": amount, "currency": "INR"}]
        assert sum(each[name]["amount"] for each in revenue["by_month"]) == amount
        assert sum(each[name]["amount"] for each in revenue["by_day"]) == amount
        assert sum(part["amount"] for each in revenue["by_course"] for part in each[name]) == amount
    assert compare.compare_counters().is_equal


def test_instructor_rename_updates_cards_courses_and_dashboards(
    admin: Api, instructor: Api, anonymous: Api, run_projector: Project
) -> None:
    old, new = rows.put_course(instructor.user_id, instructor_name="Instructor"), "Zoé Étoile"
    other = rows.put_course()
    run_projector()
    assert instructor.patch("/api/auth/me", {"name": new}).status == 200
    late = rows.put_course(instructor.user_id, instructor_name="From an old token")
    run_projector()
    for course in (old, late):
        rows.put_outline(course, 1)
        page = anonymous.get(f"/api/courses/{course.course_id}").json
        assert page["instructor"]["name"] == new
    found = anonymous.get("/api/courses?q=zoe+etoi").json["items"]
    assert {each["id"] for each in found} == {old.course_id, late.course_id}
    assert {each["instructor"]["name"] for each in found} == {new}
    assert anonymous.get("/api/courses?q=token").json["items"] == []
    admin_list = {
        each["id"]: each["instructor"]["name"] for each in admin.get("/api/dashboard/admin/courses").json["items"]
    }
    assert admin_list == {old.course_id: new, late.course_id: new, other.course_id: "Asha Rao"}
    run_projector()
    assert compare.compare_counters().is_equal


def test_rename_of_former_instructor_updates_courses_and_search(
    anonymous: Api, instructor: Api, run_projector: Project
) -> None:
    course = rows.put_course(instructor.user_id)
    run_projector()
    rows.update_by_key(User, keys.user(instructor.user_id), role=Role.STUDENT, name="Former instructor")
    run_projector()
    assert anonymous.get("/api/courses?q=former").json["items"][0]["id"] == course.course_id
    assert compare.compare_counters().is_equal


def test_instructor_rename_older_than_stored_changes_nothing(instructor: Api, run_projector: Project) -> None:
    course = rows.put_course(instructor.user_id)
    run_projector()
    user = store.get(User, keys.user(instructor.user_id))
    assert user
    rows.update_by_key(User, keys.user(user.user_id), name="Newest", updated_at=user.updated_at + timedelta(seconds=9))
    run_projector()
    rows.update_by_key(User, keys.user(user.user_id), name="Older", updated_at=user.updated_at + timedelta(seconds=3))
    instructor_names.update_all_courses(user.user_id)
    stored = store.get(Course, keys.course(course.course_id))
    assert stored
    assert stored.instructor_name == "Newest"
