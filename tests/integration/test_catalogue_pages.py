"""GET /api/courses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from shared import ids
from shared.lifecycle import CourseLevel, CourseStatus, EnrollmentStatus
from tests import stored
from tests.api import Api
from tests.roundtrips import roundtrips

Project = Callable[[], int]
EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def titles(api: Api, query: str = "") -> list[str]:
    reply = api.get(f"/api/courses{query}")
    assert reply.status == 200, reply.text
    return [each["title"] for each in reply.json["items"]]


def publish(title: str, days: int = 0, **facts: Any) -> Any:
    return stored.course(title=title, published_at=EARLY + timedelta(days=days), **facts)


def test_a_card_shows_what_a_list_needs(anyone: Api, project: Project) -> None:
    course = publish("Data for all", amount=49900, description="x " * 300, category="data", thumbnail_url="https://x/y")
    stored.outline(course, 3)
    stored.enrollment(ids.user(), course)
    stored.enrollment(ids.user(), course, EnrollmentStatus.PENDING)
    project()
    reply = anyone.get("/api/courses")
    [card] = reply.json["items"]
    assert card.pop("description") == ("x " * 120)[:239].strip() + "…"
    assert card == {
        "id": course.course_id,
        "title": "Data for all",
        "category": "data",
        "level": "beginner",
        "language": "en",
        "price": {"amount": 49900, "currency": "INR"},
        "instructor": {"id": stored.INSTRUCTOR, "name": "Asha Rao"},
        "lesson_count": 3,
        "enrollment_count": 1,
        "rating": None,
        "rating_count": 0,
        "thumbnail_url": "https://x/y",
        "published_at": "2026-01-01T00:00:00.000Z",
    }


def test_drafts_hidden_and_archived_courses_are_never_listed(anyone: Api, project: Project) -> None:
    for number, status in enumerate(CourseStatus):
        stored.course(title=f"Status {status}", status=status)
        stored.course(title=f"Hidden {number}", status=status, hidden=True)
    project()
    assert titles(anyone) == ["Status published"]
    assert titles(anyone, "?q=hidden") == []


def test_a_course_leaves_every_list_when_it_is_hidden_withdrawn_or_deleted(anyone: Api, project: Project) -> None:
    courses = [publish(name) for name in ("One", "Two", "Three")]
    project()
    assert len(titles(anyone)) == 3
    stored.change(courses[0], hidden=True)
    stored.change(courses[1], status=CourseStatus.DRAFT)
    stored.remove(courses[2])
    project()
    for query in ("", "?sort=popular", "?category=data", "?level=beginner&price=free", "?q=one", "?q=two", "?q=three"):
        assert titles(anyone, query) == []
    stored.change(courses[0], hidden=False)
    project()
    assert titles(anyone) == ["One"]


def test_an_edit_moves_the_course_to_its_new_lists(anyone: Api, project: Project) -> None:
    course = publish("Baking bread", category="cooking")
    project()
    stored.change(course, title="Painting", category="art", amount=100, level=CourseLevel.ADVANCED)
    project()
    assert titles(anyone, "?category=cooking") == titles(anyone, "?q=bread") == titles(anyone, "?price=free") == []
    assert titles(anyone, "?category=art&level=advanced&price=paid") == ["Painting"]
    assert titles(anyone, "?q=paint") == ["Painting"]


def test_filters_and_orders(anyone: Api, project: Project) -> None:
    a = publish("A", 1, category="art", amount=0, level=CourseLevel.BEGINNER)
    b = publish("B", 2, category="art", amount=100, level=CourseLevel.ADVANCED)
    publish("C", 3, category="data", amount=100, level=CourseLevel.ADVANCED)
    for course, learners in ((a, 3), (b, 1)):
        for _ in range(learners):
            stored.enrollment(ids.user(), course)
    project()
    assert titles(anyone) == ["C", "B", "A"]
    assert titles(anyone, "?sort=popular") == ["A", "B", "C"]
    assert titles(anyone, "?category=art") == ["B", "A"]
    assert titles(anyone, "?category=art&price=paid") == ["B"]
    assert titles(anyone, "?level=advanced&sort=popular") == ["B", "C"]
    assert titles(anyone, "?price=free&level=advanced") == []
    assert titles(anyone, "?category=nothing") == []


def test_languages_are_told_apart(anyone: Api, project: Project) -> None:
    publish("English", 1, language="en")
    publish("Indian English", 2, language="en-IN", amount=100)
    publish("Hindi", 3, language="hi")
    project()
    assert titles(anyone, "?language=en") == ["English"]
    assert titles(anyone, "?language=EN-in&price=paid&level=beginner&category=data") == ["Indian English"]
    assert titles(anyone, "?language=hi&sort=popular&price=free") == ["Hindi"]
    assert titles(anyone, "?q=english&language=en") == ["English"]
    assert titles(anyone, "?language=fr") == titles(anyone, "?q=hindi&language=en") == []


def test_a_course_is_listed_again_when_its_learners_double(anyone: Api, project: Project) -> None:
    course = publish("Popular")
    rewritten = []
    for learners in range(1, 10):
        stored.enrollment(ids.user(), course)
        with roundtrips() as calls:
            project()
        if calls.counts["TransactWriteItems"] > 1:
            rewritten.append(learners)
    assert rewritten == [1, 2, 4, 8]
    assert anyone.get("/api/courses?sort=popular").json["items"][0]["enrollment_count"] == 8


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("data", True),
        ("DÁTA eng", True),
        ("engineering", True),
        ("engineers", False),
        ("python data", True),
        ("python cooking", False),
        ("asha", True),
        ("d", True),
        ("cafe", True),
        ("tools", True),
        ("हिन्दी", True),
        ("!!!", False),
        ("   ", True),
    ],
)
def test_search(anyone: Api, project: Project, q: str, found: bool) -> None:
    publish("Data Engineering with Python at the Café हिन्दी", category="developer-tools")
    project()
    assert bool(titles(anyone, f"?q={quote(q)}")) is found


def test_search_with_filters_and_order(anyone: Api, project: Project) -> None:
    publish("Python one", 1, category="art", amount=0)
    publish("Python two", 2, category="data", amount=500)
    stored.enrollment(ids.user(), publish("Python three", 0, category="data", amount=500))
    project()
    assert titles(anyone, "?q=python") == ["Python two", "Python one", "Python three"]
    assert titles(anyone, "?q=python&sort=popular") == ["Python three", "Python two", "Python one"]
    assert titles(anyone, "?q=python&category=data&price=paid") == ["Python two", "Python three"]
    assert titles(anyone, "?q=python&price=free&level=beginner") == ["Python one"]


@pytest.mark.parametrize("filters", ["", "?q=python", "?q=python+course", "?sort=popular", "?q=pythonic"])
def test_every_course_is_on_exactly_one_page(anyone: Api, project: Project, filters: str) -> None:
    wanted = {publish(f"Pythonic course {number}", number % 3).title for number in range(7)}
    project()
    seen: list[str] = []
    path = f"/api/courses{filters}{'&' if filters else '?'}limit=3"
    while path:
        reply = anyone.get(path)
        seen += [each["title"] for each in reply.json["items"]]
        assert len(reply.json["items"]) <= 3
        link = reply.headers.get("Link")
        assert (link is not None) is (reply.json["next_cursor"] is not None)
        path = link.removeprefix("<").partition(">")[0] if link else ""
    assert sorted(seen) == sorted(wanted)


@pytest.mark.parametrize(
    "filters", ["", "?category=data&level=beginner&price=free&sort=popular", "?q=data", "?q=data+cou"]
)
def test_a_page_is_one_query(anyone: Api, project: Project, filters: str) -> None:
    for number in range(5):
        publish(f"Course {number}", category="data")
    project()
    with roundtrips() as calls:
        assert len(titles(anyone, filters)) == 5
    assert calls.operations == ["Query"]


@pytest.mark.parametrize(
    "query",
    ["level=hard", "price=cheap", "sort=best", "limit=0", "limit=101", "limit=x", "unknown=1", f"q={'x' * 101}"],
)
def test_bad_filters_are_refused(anyone: Api, query: str) -> None:
    reply = anyone.get(f"/api/courses?{query}")
    assert (reply.status, reply.code) == (422, "invalid")
    assert reply.json["errors"][0]["loc"] == ["query", query.partition("=")[0]]


def test_a_cursor_works_for_its_own_list_only(anyone: Api, project: Project) -> None:
    for number in range(3):
        publish(f"Course {number}")
    project()
    cursor = anyone.get("/api/courses?limit=1").json["next_cursor"]
    assert anyone.get(f"/api/courses?limit=2&cursor={cursor}").status == 200
    for other in (f"sort=popular&cursor={cursor}", f"cursor={cursor[:-2]}AA", "cursor=x"):
        reply = anyone.get(f"/api/courses?{other}")
        assert (reply.status, reply.code) == (400, "cursor_invalid")


def test_caches_may_keep_it_briefly(anyone: Api, project: Project) -> None:
    publish("Course")
    project()
    first = anyone.get("/api/courses")
    assert first.headers["Cache-Control"] == "public, max-age=30, stale-while-revalidate=60"
    again = anyone.get("/api/courses", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.text, again.headers["ETag"]) == (304, "", first.headers["ETag"])
    publish("Another")
    project()
    assert anyone.get("/api/courses", headers={"If-None-Match": first.headers["ETag"]}).status == 200
