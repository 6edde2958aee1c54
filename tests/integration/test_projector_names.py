"""What stands beside the figures: names, activity, ranks; and the money, to the last paisa."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from functions.dashboards import recount
from shared import clock, ids
from shared.db import figures, panels
from tests import stored
from tests.api import Api

Project = Callable[[], int]


def test_an_older_name_or_edit_never_replaces_a_newer_one(project: Project) -> None:
    now, who = clock.now(), ids.user()
    later, earlier = now + timedelta(seconds=1), now - timedelta(seconds=1)
    figures.name_instructor(who, "New", now, later)
    figures.name_instructor(who, "Old", now, earlier)
    figures.note_activity(who, "Older", later)
    figures.note_activity(who, "Oldest", earlier)
    [seen] = panels.active_instructors(5)
    assert (seen.name, seen.last_activity) == ("New", later)


def test_a_name_learned_from_a_course_gives_way_to_the_users_own(project: Project) -> None:
    now, who = clock.now(), ids.user()
    figures.note_activity(who, "From the course", now)
    figures.name_instructor(who, "Own", now - timedelta(days=1), now)
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
    assert recount.report().equal
