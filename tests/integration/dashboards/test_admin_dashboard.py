"""GET /api/dashboard/admin and its list of courses."""

import socket
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from functions.dashboards.recount import compare
from local.dynamodb.engine import Engine, aws_client
from shared import clock, config, ids, seller_day
from shared.db.entities import User
from shared.db.table import keys, store
from shared.db.table.changes import update_actions
from shared.domain.lifecycle import CourseStatus, EnrollmentStatus, PaymentStatus, Role, StatusReason
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.roundtrips import recorded_roundtrips

Project = Callable[[], int]
INR = "INR"


def inr(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "INR"}


def test_admin_dashboard_counts_users_courses_and_enrollments_by_state(
    admin: Api, student: Api, instructor: Api, new_user: Callable[..., Api], run_projector: Project
) -> None:
    new_user("student")
    published = rows.put_course(instructor.user_id)
    rows.put_course(instructor.user_id, status=CourseStatus.DRAFT, published_at=None)
    rows.put_course(status=CourseStatus.ARCHIVED, hidden=True)
    for status in (*EnrollmentStatus, EnrollmentStatus.ACTIVE):
        rows.put_enrollment(ids.user(), published, status)
    run_projector()
    with recorded_roundtrips() as calls:
        seen = admin.get("/api/dashboard/admin").json
    assert calls.counts == {"Query": 12, "BatchGetItem": 1}
    new = seen["users"].pop("new_by_day")
    assert (len(new), new[-1]) == (30, {"day": seller_day.day(clock.now()), "count": 4})
    assert sum(each["count"] for each in new) == 4
    assert seen["users"] == {"total": 4, "students": 2, "instructors": 1, "admins": 1}
    assert seen["courses"] == {"total": 3, "published": 1, "draft": 1, "archived": 1, "hidden": 1}
    assert seen["enrollments"] == {"total": 5, "pending": 1, "active": 2, "completed": 1, "cancelled": 1}
    assert seen["attention"] == {
        "refunds_pending": 0,
        "amount_mismatches": 0,
        "dead_letters": None,
        "oldest_due_at": None,
        "overdue_seconds": 0,
    }


def test_admin_dashboard_moves_user_count_when_role_changes(admin: Api, student: Api, run_projector: Project) -> None:
    run_projector()
    store.update(User, keys.user(student.user_id), update_actions(User, {"role": Role.INSTRUCTOR}), User.pk.exists())
    run_projector()
    users = admin.get("/api/dashboard/admin").json["users"]
    assert sum(each["count"] for each in users.pop("new_by_day")) == 2
    assert users == {"total": 2, "students": 0, "instructors": 1, "admins": 1}


def test_admin_dashboard_revenue_by_month_day_and_course_nets_refunds(admin: Api, run_projector: Project) -> None:
    now = clock.now()
    september = datetime(2026, 9, 30, 18, 29, 59, tzinfo=UTC)  # 23:59:59 in India
    courses = [rows.put_course(title=name, amount=1) for name in ("Small", "Large", "None")]
    rows.put_payment(ids.user(), courses[0], 49901, at=september)
    rows.put_payment(ids.user(), courses[1], 99999, at=now)
    refunded = rows.put_payment(ids.user(), courses[1], 50000, at=september + timedelta(seconds=1))
    rows.put_payment(ids.user(), courses[1], 7, at=now, currency="USD")
    rows.put_payment(ids.user(), courses[2], 500, captured_amount=0, captured_at=None, status=PaymentStatus.PENDING)
    run_projector()
    rows.update(refunded, refunded_amount=10001, updated_at=now)
    run_projector()
    revenue = admin.get("/api/dashboard/admin").json["revenue"]
    assert revenue["gross"] == [inr(199900), {"amount": 7, "currency": "USD"}]
    assert revenue["refunded"] == [inr(10001), {"amount": 0, "currency": "USD"}]
    assert revenue["net"] == [inr(189899), {"amount": 7, "currency": "USD"}]
    months = {(each["month"], each["net"]["currency"]): each for each in revenue["by_month"]}
    this_month = seller_day.month(now)
    assert months["2026-09", INR]["gross"] == months["2026-09", INR]["net"] == inr(49901)
    if this_month != "2026-10":
        assert months["2026-10", INR]["net"] == inr(50000)
        assert months[this_month, INR]["gross"] == inr(99999)
        assert months[this_month, INR]["net"] == inr(89998)
    assert list(months) == sorted(months)
    assert revenue["by_day"][-1]["period"] == seller_day.day(now)
    assert revenue["by_day"][-1]["net"]["amount"] == 7
    by_course = [(each["title"], each["instructor"]["name"], each["net"]) for each in revenue["by_course"]]
    assert by_course == [
        ("Large", "Asha Rao", [inr(139998), {"amount": 7, "currency": "USD"}]),
        ("Small", "Asha Rao", [inr(49901)]),
    ]


def test_admin_dashboard_lists_instructors_by_activity(
    admin: Api, new_user: Callable[..., Api], run_projector: Project
) -> None:
    busy, idle = new_user("instructor", name="Busy"), new_user("instructor", name="Idle")
    edited_at = clock.now() + timedelta(hours=1)
    course = rows.put_course(busy.user_id, updated_at=edited_at)
    rows.put_enrollment(ids.user(), course)
    rows.put_enrollment(ids.user(), course, EnrollmentStatus.COMPLETED)
    rows.put_payment(ids.user(), course, 100)
    run_projector()
    seen = admin.get("/api/dashboard/admin").json["instructors"]
    assert [each["id"] for each in seen] == [busy.user_id, idle.user_id]
    assert seen[0] == {
        "id": busy.user_id,
        "name": "Busy",
        "courses": 1,
        "published": 1,
        "enrollments": 2,
        "students": 2,
        "completions": 1,
        "revenue": [inr(100)],
        "last_activity": clock.text(edited_at),
    }
    assert (seen[1]["name"], seen[1]["courses"], seen[1]["revenue"]) == ("Idle", 0, [])


def test_admin_dashboard_attention_shows_refunds_mismatches_and_overdue_timers(
    admin: Api, run_projector: Project
) -> None:
    course = rows.put_course(amount=100)
    long_ago, later = clock.now() - timedelta(hours=2), clock.now() + timedelta(hours=2)
    for at in (long_ago, later):
        due = keys.due(ids.ulid(), at)
        rows.put_payment(ids.user(), course, 100, status=PaymentStatus.REFUND_PENDING, gsi2pk=due.pk, gsi2sk=due.sk)
    rows.put_payment(ids.user(), course, 100, status=PaymentStatus.REFUND_PENDING, reason=StatusReason.MISMATCH)
    run_projector()
    seen = admin.get("/api/dashboard/admin").json["attention"]
    assert (seen["refunds_pending"], seen["amount_mismatches"]) == (3, 1)
    assert seen["oldest_due_at"] == clock.text(long_ago)
    assert 7200 <= seen["overdue_seconds"] < 7300


def test_admin_dashboard_counts_visible_and_in_flight_dead_letters(
    admin: Api, ministack: Engine, monkeypatch: pytest.MonkeyPatch, run_projector: Project
) -> None:
    with closing(aws_client("sqs", ministack.endpoint)) as sqs:
        url = sqs.create_queue(QueueName="failures")["QueueUrl"]
        monkeypatch.setenv("LMS_PROJECTOR_FAILURES_URL", url)
        config.clear_cache()
        assert admin.get("/api/dashboard/admin").json["attention"]["dead_letters"] == 0
        for _ in range(3):
            sqs.send_message(QueueUrl=url, MessageBody="{}")
        assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    assert admin.get("/api/dashboard/admin").json["attention"]["dead_letters"] == 3, "one of them is in flight"


@pytest.mark.parametrize("unresponsive", [False, True])
def test_admin_dashboard_without_dead_letter_queue_returns_200_with_null_count(
    admin: Api,
    ministack: Engine,
    unresponsive: bool,
    monkeypatch: pytest.MonkeyPatch,
    student: Api,
    run_projector: Project,
) -> None:
    run_projector()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}" if unresponsive else ministack.endpoint
        url = f"{address}/000000000000/nowhere"
        monkeypatch.setenv("LMS_PROJECTOR_FAILURES_URL", url)
        config.clear_cache()
        seen = admin.get("/api/dashboard/admin")
    assert (seen.status, seen.json["attention"]["dead_letters"], seen.json["users"]["total"]) == (200, None, 2)


def test_admin_courses_list_includes_hidden_courses_with_totals_in_pages(admin: Api, run_projector: Project) -> None:
    early = clock.now() - timedelta(days=9)
    old = rows.put_course(title="Old", created_at=early, hidden=True, moderation_reason="copied", amount=500)
    rows.put_course(title="New", status=CourseStatus.DRAFT, published_at=None)
    rows.put_enrollment(ids.user(), old)
    rows.put_payment(ids.user(), old, 500)
    run_projector()
    with recorded_roundtrips() as calls:
        first = admin.get("/api/dashboard/admin/courses?limit=1").json
    assert calls.operations == ["Query", "BatchGetItem"]
    assert [each["title"] for each in first["items"]] == ["New"]
    second = admin.get(f"/api/dashboard/admin/courses?limit=1&cursor={first['next_cursor']}").json
    [seen] = second["items"]
    assert seen.pop("published_at")
    assert seen == {
        "id": old.course_id,
        "title": "Old",
        "status": "published",
        "hidden": True,
        "enrollments": {"pending": 0, "active": 1, "completed": 0, "cancelled": 0},
        "students": 1,
        "completion_rate": 0,
        "average_progress": 0,
        "revenue": [inr(500)],
        "gross": [inr(500)],
        "refunded": [inr(0)],
        "discount": [inr(0)],
        "closed_to_learners": False,
        "instructor": {"id": rows.INSTRUCTOR_ID, "name": "Asha Rao"},
        "price": inr(500),
        "moderation_reason": "copied",
        "created_at": clock.text(early),
    }
    rows.update(old, hidden=False, moderation_reason=None)
    run_projector()
    restored = admin.get("/api/dashboard/admin/courses").json["items"][1]
    assert (restored["hidden"], restored["moderation_reason"]) == (False, None)


def test_admin_dashboard_revenue_by_instructor_ranks_by_net_amount(
    admin: Api, new_user: Callable[..., Api], run_projector: Project
) -> None:
    instructors = [new_user("instructor", name=name) for name in ("Small", "Large", "None")]
    for instructor, amount in zip(instructors, (100, 900, 0), strict=True):
        for _ in range(2):
            course = rows.put_course(instructor.user_id, amount=amount)
            if amount:
                rows.put_payment(ids.user(), course, amount)
    run_projector()
    refunded = rows.put_payment(ids.user(), rows.put_course(instructors[0].user_id, amount=5000), 5000)
    rows.update(refunded, refunded_amount=4990)
    run_projector()
    seen = admin.get("/api/dashboard/admin").json["revenue"]["by_instructor"]
    assert [(each["name"], each["gross"], each["refunded"], each["net"]) for each in seen] == [
        ("Large", [inr(1800)], [inr(0)], [inr(1800)]),
        ("Small", [inr(5200)], [inr(4990)], [inr(210)]),
    ]
    assert compare.compare_counters().is_equal


def test_admin_dashboard_moderation_queue_lists_newest_and_hidden_courses(admin: Api, run_projector: Project) -> None:
    courses = [rows.put_course(title=f"Course {number}") for number in range(3)]
    run_projector()
    path = f"/api/courses/{courses[0].course_id}/moderation"
    rows.put_outline(courses[0], 1)
    assert admin.patch(path, {"hidden": True, "reason": "copied", "close": True}).status == 200
    run_projector()
    rows.put_payment(ids.user(), courses[1], 100)
    run_projector()
    with recorded_roundtrips() as calls:
        seen = admin.get("/api/dashboard/admin").json["moderation"]
    assert calls.counts == {"Query": 12, "BatchGetItem": 2}
    assert {each["title"] for each in seen["newest"]} == {"Course 1", "Course 2"}
    [hidden] = seen["hidden"]
    assert (hidden["id"], hidden["reason"], hidden["closed_to_learners"]) == (courses[0].course_id, "copied", True)
    assert admin.patch(path, {"hidden": False, "reason": "not copied"}).status == 200
    run_projector()
    assert admin.get("/api/dashboard/admin").json["moderation"]["hidden"] == []


@pytest.mark.parametrize("path", ["/api/dashboard/admin", "/api/dashboard/admin/courses"])
def test_admin_dashboard_routes_return_401_or_403_to_non_admins(
    anonymous: Api, student: Api, instructor: Api, path: str
) -> None:
    assert anonymous.get(path).status == 401
    assert student.get(path).status == 403
    assert instructor.get(path).status == 403
