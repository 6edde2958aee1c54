"""GET /api/dashboard/instructor."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from functions.dashboards.recount import compare
from shared import clock, ids, seller_day
from shared.db.entities import Outline, Progress
from shared.db.table import keys, store
from shared.domain.lifecycle import CourseStatus, EnrollmentStatus
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.roundtrips import recorded_roundtrips

Project = Callable[[], int]
MONEY: Final = ("gross", "refunded", "net")


def inr(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "INR"}


def test_instructor_dashboard_without_courses_returns_zeros(instructor: Api, run_projector: Project) -> None:
    run_projector()
    reply = instructor.get("/api/dashboard/instructor")
    assert reply.status == 200
    days = reply.json["days"]
    assert len(days) == 30
    assert {key: value for key, value in days[-1].items() if key != "day"} == {
        "enrolled": 0,
        "completed": 0,
        "gross": [],
        "refunded": [],
        "net": [],
        "discount": [],
    }
    assert reply.json | {"days": []} == {
        "total_courses": 0,
        "published_courses": 0,
        "draft_courses": 0,
        "archived_courses": 0,
        "hidden_courses": 0,
        "total_enrollments": 0,
        "enrollments": {"pending": 0, "active": 0, "completed": 0, "cancelled": 0},
        "active_students": 0,
        "completions": 0,
        "completion_rate": 0,
        "average_progress": 0,
        "revenue": [],
        "gross": [],
        "refunded": [],
        "discount": [],
        "days": [],
        "courses": [],
    }


def test_instructor_dashboard_totals_match_stored_enrollments_and_payments(
    instructor: Api, run_projector: Project
) -> None:
    instructor_id = instructor.user_id
    first = rows.put_course(instructor_id, title="First", amount=49900)
    second = rows.put_course(instructor_id, title="Second", hidden=True)
    rows.put_course(instructor_id, title="Third", status=CourseStatus.DRAFT, published_at=None)
    foreign = rows.put_course()
    learners = [ids.user() for _ in range(4)]
    for learner_id, status in zip(learners, EnrollmentStatus, strict=True):
        rows.put_enrollment(learner_id, first, status)
    rows.put_enrollment(learners[1], second)
    rows.put_enrollment(learners[0], foreign)
    rows.put_payment(learners[1], first, 49900)
    rows.put_payment(learners[2], first, 49900, refunded_amount=900)
    rows.put_payment(learners[3], first, 20000, currency="USD", refunded_amount=20000)
    rows.put_payment(learners[0], foreign, 100)
    run_projector()
    with recorded_roundtrips() as calls:
        reply = instructor.get("/api/dashboard/instructor").json
    assert calls.counts == {"Query": 2}
    courses = reply.pop("courses")
    assert reply.pop("days")[-1]["net"] == [inr(98900), {"amount": 0, "currency": "USD"}]
    assert reply == {
        "total_courses": 3,
        "published_courses": 2,
        "draft_courses": 1,
        "archived_courses": 0,
        "hidden_courses": 1,
        "total_enrollments": 3,
        "enrollments": {"pending": 1, "active": 2, "completed": 1, "cancelled": 1},
        "active_students": 2,
        "completions": 1,
        "completion_rate": 33,
        "average_progress": 0,
        "revenue": [inr(98900), {"amount": 0, "currency": "USD"}],
        "gross": [inr(99800), {"amount": 20000, "currency": "USD"}],
        "refunded": [inr(900), {"amount": 20000, "currency": "USD"}],
        "discount": [inr(0), {"amount": 0, "currency": "USD"}],
    }
    assert [(each["title"], each["status"], each["hidden"]) for each in courses] == [
        ("First", "published", False),
        ("Second", "published", True),
        ("Third", "draft", False),
    ]
    assert courses[0] == {
        "id": first.course_id,
        "title": "First",
        "status": "published",
        "hidden": False,
        "enrollments": {"pending": 1, "active": 1, "completed": 1, "cancelled": 1},
        "students": 2,
        "completion_rate": 50,
        "average_progress": 0,
        "revenue": [inr(98900), {"amount": 0, "currency": "USD"}],
        "gross": [inr(99800), {"amount": 20000, "currency": "USD"}],
        "refunded": [inr(900), {"amount": 20000, "currency": "USD"}],
        "discount": [inr(0), {"amount": 0, "currency": "USD"}],
    }
    assert courses[1]["enrollments"] == {"pending": 0, "active": 1, "completed": 0, "cancelled": 0}


def test_instructor_dashboard_follows_course_title_and_status_changes(instructor: Api, run_projector: Project) -> None:
    course = rows.put_course(instructor.user_id, title="Before", status=CourseStatus.DRAFT, published_at=None)
    deleted = rows.put_course(instructor.user_id, status=CourseStatus.DRAFT, published_at=None)
    run_projector()
    rows.update(course, title="After", status=CourseStatus.PUBLISHED)
    rows.delete(deleted)
    run_projector()
    seen = instructor.get("/api/dashboard/instructor").json
    assert [(each["title"], each["status"]) for each in seen["courses"]] == [("After", "published")]
    assert (seen["total_courses"], seen["published_courses"], seen["draft_courses"]) == (1, 1, 0)


def test_instructor_dashboard_counts_distinct_students_until_last_course_ends(
    instructor: Api, run_projector: Project
) -> None:
    courses = [rows.put_course(instructor.user_id) for _ in range(2)]
    learner_id = ids.user()
    enrollments = [rows.put_enrollment(learner_id, course, EnrollmentStatus.PENDING) for course in courses]
    counts = []
    steps = [
        (0, EnrollmentStatus.ACTIVE),
        (1, EnrollmentStatus.ACTIVE),
        (0, EnrollmentStatus.COMPLETED),
        (0, EnrollmentStatus.CANCELLED),
        (1, EnrollmentStatus.CANCELLED),
        (0, EnrollmentStatus.ACTIVE),
    ]
    for number, status in steps:
        rows.update(enrollments[number], status=status)
        run_projector()
        counts.append(instructor.get("/api/dashboard/instructor").json["active_students"])
    assert counts == [1, 1, 1, 1, 0, 1]


def test_instructor_dashboard_average_progress_follows_completions_and_lessons(
    instructor: Api, run_projector: Project
) -> None:
    course = rows.put_course(instructor.user_id)
    lessons = rows.put_outline(course, 4)
    learners = [ids.user() for _ in range(3)]
    enrollments = [rows.put_enrollment(learner_id, course) for learner_id in learners]
    for learner_id, done in zip(learners, (4, 1, 2), strict=True):
        rows.put_progress(learner_id, course, [*lessons[:done], "les_gone"])
    seen = []

    def read_average() -> None:
        run_projector()
        reply = instructor.get("/api/dashboard/instructor").json
        assert reply["average_progress"] == reply["courses"][0]["average_progress"]
        seen.append(reply["average_progress"])
        assert compare.compare_counters().is_equal, str(compare.compare_counters())

    read_average()
    rows.update(enrollments[0], status=EnrollmentStatus.CANCELLED)
    read_average()
    rows.update_by_key(Progress, keys.progress(learners[1], course.course_id), completed=set(lessons[:3]))
    read_average()
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    section = outline.sections[0]
    fewer: dict[str, Any] = {"lessons": {section: lessons[1:]}, "lesson_count": 3, "version": outline.version + 1}
    rows.update_by_key(Outline, keys.outline(course.course_id), **fewer)
    read_average()
    rows.update(enrollments[0], status=EnrollmentStatus.ACTIVE)
    read_average()
    rows.update_by_key(Progress, keys.progress(learners[0], course.course_id), positions={lessons[0]: 5})
    read_average()
    assert seen == [7 * 100 // 12, 3 * 100 // 8, 5 * 100 // 8, 3 * 100 // 6, 6 * 100 // 9, 6 * 100 // 9]


def test_instructor_dashboard_30_day_series_matches_for_all_and_single_course(
    instructor: Api, run_projector: Project
) -> None:
    now = clock.now()
    yesterday, long_ago = now - timedelta(days=1), now - timedelta(days=30)
    first, second = (rows.put_course(instructor.user_id, amount=500) for _ in range(2))
    for course, at in ((first, now), (first, yesterday), (second, yesterday), (second, long_ago)):
        enrollment = rows.put_enrollment(ids.user(), course)
        rows.update(enrollment, activated_at=at)
        rows.put_payment(ids.user(), course, 500, at=at)
    rows.update(enrollment, completed_at=now, status=EnrollmentStatus.COMPLETED)
    rows.update(rows.put_payment(ids.user(), first, 100, at=yesterday), refunded_amount=30, updated_at=now)
    run_projector()
    with recorded_roundtrips() as calls:
        one = instructor.get(f"/api/dashboard/instructor/courses/{first.course_id}").json
    assert calls.operations == ["GetItem", "Query"]
    every = instructor.get("/api/dashboard/instructor").json

    def active_days(days: list[dict[str, Any]]) -> dict[str, Any]:
        """Day to (enrolled, completed, gross, refunded, net), for the days with a value other than zero."""
        counters = {
            each["day"]: (each["enrolled"], each["completed"], *(sum(m["amount"] for m in each[n]) for n in MONEY))
            for each in days
        }
        assert list(counters) == sorted(counters)
        assert len(counters) == 30
        return {day: values for day, values in counters.items() if any(values)}

    assert active_days(one["days"]) == {
        seller_day.day(yesterday): (1, 0, 600, 0, 600),
        seller_day.day(now): (1, 0, 500, 30, 470),
    }
    assert active_days(every["days"]) == {
        seller_day.day(yesterday): (2, 0, 1100, 0, 1100),
        seller_day.day(now): (1, 1, 500, 30, 470),
    }
    assert one == {**every["courses"][0], "days": one["days"]}
    assert compare.compare_counters().is_equal


def test_instructor_courses_csv_escapes_formula_cells_and_sums_by_currency(
    instructor: Api, run_projector: Project
) -> None:
    now = clock.now()
    titles = ['=HYPERLINK("http://x")', "+1", "-1", "@x", "\tx", 'Plain, "quoted"']
    for number, title in enumerate(titles):
        rows.put_course(instructor.user_id, title=title, created_at=now + timedelta(seconds=number))
    paid = rows.put_course(instructor.user_id, title="Paid", amount=500)
    rows.put_payment(ids.user(), paid, 500, refunded_amount=20)
    rows.put_payment(ids.user(), paid, 7, currency="USD")
    run_projector()
    with recorded_roundtrips() as calls:
        reply = instructor.get("/api/dashboard/instructor/courses.csv")
    assert calls.operations == ["Query"]
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="courses.csv"'
    lines = list(csv.DictReader(io.StringIO(reply.text)))
    assert {line["title"] for line in lines} == {f"'{title}" for title in titles[:5]} | {titles[5], "Paid"}
    money = [
        (line["currency"], line["gross"], line["refunded"], line["net"]) for line in lines if line["title"] == "Paid"
    ]
    assert money == [("INR", "500", "20", "480"), ("USD", "7", "0", "7")]


@pytest.mark.parametrize("path", ["", "/courses.csv", "/courses/crs_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_instructor_dashboard_routes_return_401_or_403_to_other_roles(
    anonymous: Api, student: Api, admin: Api, path: str
) -> None:
    for caller, status in ((anonymous, 401), (student, 403), (admin, 403)):
        assert caller.get(f"/api/dashboard/instructor{path}").status == status


def test_instructor_course_dashboard_of_foreign_course_returns_404(instructor: Api, run_projector: Project) -> None:
    course = rows.put_course()
    run_projector()
    for course_id in (course.course_id, "nothing"):
        reply = instructor.get(f"/api/dashboard/instructor/courses/{course_id}")
        assert (reply.status, reply.code) == (404, "course_not_found")
