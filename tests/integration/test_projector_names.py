"""What stands beside the figures: names, activity, ranks; and the money, to the last paisa."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from functions.dashboards import recount
from shared import clock, ids
from shared.db import keys, naming, panels, standing, store
from shared.db.entities import Course, User
from shared.lifecycle import Role
from tests import stored
from tests.api import Api

Project = Callable[[], int]


def test_an_older_name_or_edit_never_replaces_a_newer_one(project: Project) -> None:
    now, who = clock.now(), ids.user()
    later, earlier = now + timedelta(seconds=1), now - timedelta(seconds=1)
    standing.set_instructor_name(who, "New", now, later, is_instructor=True)
    standing.set_instructor_name(who, "Old", now, earlier, is_instructor=True)
    standing.record_activity(who, "Older", later)
    standing.record_activity(who, "Oldest", earlier)
    [seen] = panels.active_instructors(5)
    assert (seen.name, seen.last_activity) == ("New", later)


def test_a_name_learned_from_a_course_gives_way_to_the_users_own(project: Project) -> None:
    now, who = clock.now(), ids.user()
    standing.record_activity(who, "From the course", now)
    standing.set_instructor_name(who, "Own", now - timedelta(days=1), now, is_instructor=True)
    [seen] = panels.active_instructors(5)
    assert (seen.name, seen.last_activity) == ("Own", now)


def test_courses_rank_by_what_is_left_after_refunds(admin: Api, project: Project) -> None:
    courses = [stored.course(title=f"{amount}", amount=amount) for amount in (100, 2000, 30000)]
    payments = [stored.payment(ids.user(), course, course.amount) for course in courses]
    project()

    def ranked() -> list[str]:
        return [each["title"] for each in admin.get("/api/dashboard/admin").json["revenue"]["by_course"]]

    assert ranked() == ["30000", "2000", "100"]
    stored.change(payments[2], refunded_amount=29000)
    stored.change(payments[1], refunded_amount=2000)
    project()
    assert ranked() == ["30000", "100", "2000"]


def test_no_paisa_is_lost_over_many_odd_amounts(admin: Api, project: Project) -> None:
    dice, truth = random.Random(20261101), Counter[str]()
    courses = [stored.course(amount=1) for _ in range(3)]
    for _ in range(40):
        amount = dice.randrange(1, 10**9)
        refunded = dice.choice([0, dice.randrange(amount + 1), amount])
        payment = stored.payment(ids.user(), dice.choice(courses), amount)
        if refunded:
            stored.change(payment, refunded_amount=refunded)
        truth.update(gross=amount, refunded=refunded, net=amount - refunded)
    project()
    revenue = admin.get("/api/dashboard/admin").json["revenue"]
    for name, amount in truth.items():
        assert revenue[name] == [{"amount": amount, "currency": "INR"}]
        assert sum(each[name]["amount"] for each in revenue["by_month"]) == amount
        assert sum(each[name]["amount"] for each in revenue["by_day"]) == amount
        assert sum(part["amount"] for each in revenue["by_course"] for part in each[name]) == amount
    assert recount.compare_counters().is_equal


def test_a_new_name_reaches_cards_courses_and_dashboards(
    admin: Api, instructor: Api, anyone: Api, project: Project
) -> None:
    old, new = stored.course(instructor.user_id, instructor_name="Instructor"), "Zoé Étoile"
    other = stored.course()
    project()
    assert instructor.patch("/api/auth/me", {"name": new}).status == 200
    late = stored.course(instructor.user_id, instructor_name="From an old token")
    project()
    for course in (old, late):
        stored.outline(course, 1)
        page = anyone.get(f"/api/courses/{course.course_id}").json
        assert page["instructor"]["name"] == new
    found = anyone.get("/api/courses?q=zoe+etoi").json["items"]
    assert {each["id"] for each in found} == {old.course_id, late.course_id}
    assert {each["instructor"]["name"] for each in found} == {new}
    assert anyone.get("/api/courses?q=token").json["items"] == []
    overseen = {
        each["id"]: each["instructor"]["name"] for each in admin.get("/api/dashboard/admin/courses").json["items"]
    }
    assert overseen == {old.course_id: new, late.course_id: new, other.course_id: "Asha Rao"}
    project()
    assert recount.compare_counters().is_equal


def test_who_teaches_no_more_is_renamed_all_the_same(anyone: Api, instructor: Api, project: Project) -> None:
    course = stored.course(instructor.user_id)
    project()
    stored.alter(User, keys.user(instructor.user_id), role=Role.STUDENT, name="Once a teacher")
    project()
    assert anyone.get("/api/courses?q=once").json["items"][0]["id"] == course.course_id
    assert recount.compare_counters().is_equal


def test_an_older_rename_that_comes_late_changes_nothing(instructor: Api, project: Project) -> None:
    course = stored.course(instructor.user_id)
    project()
    user = store.get(User, keys.user(instructor.user_id))
    assert user
    stored.alter(User, keys.user(user.user_id), name="Newest", updated_at=user.updated_at + timedelta(seconds=9))
    project()
    stored.alter(User, keys.user(user.user_id), name="Older", updated_at=user.updated_at + timedelta(seconds=3))
    naming.update_all_courses(user.user_id)
    seen = store.get(Course, keys.course(course.course_id))
    assert seen
    assert seen.instructor_name == "Newest"
