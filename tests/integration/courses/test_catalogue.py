"""The catalogue: GET /api/courses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from shared import ids
from shared.domain.lifecycle import CourseLevel, CourseStatus, EnrollmentStatus
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.roundtrips import recorded_roundtrips

Project = Callable[[], int]
PUBLISHED_FROM = datetime(2026, 1, 1, tzinfo=UTC)


def list_titles(api: Api, query: str = "") -> list[str]:
    reply = api.get(f"/api/courses{query}")
    assert reply.status == 200, reply.text
    return [each["title"] for each in reply.json["items"]]


def publish(title: str, days: int = 0, **attributes: Any) -> Any:
    return rows.put_course(title=title, published_at=PUBLISHED_FROM + timedelta(days=days), **attributes)


def test_catalogue_card_contains_documented_fields_and_truncated_description(
    anonymous: Api, run_projector: Project
) -> None:
    course = publish("Data for all", amount=49900, description="x " * 300, category="data", thumbnail_url="https://x/y")
    rows.put_outline(course, 3)
    rows.put_enrollment(ids.user(), course)
    rows.put_enrollment(ids.user(), course, EnrollmentStatus.PENDING)
    run_projector()
    reply = anonymous.get("/api/courses")
    [card] = reply.json["items"]
    assert card.pop("description") == ("x " * 120)[:239].strip() + "…"
    assert card == {
        "id": course.course_id,
        "title": "Data for all",
        "category": "data",
        "level": "beginner",
        "language": "en",
        "price": {"amount": 49900, "currency": "INR"},
        "list_price": {"amount": 49900, "currency": "INR"},
        "sale": None,
        "instructor": {"id": rows.INSTRUCTOR_ID, "name": "Asha Rao"},
        "lesson_count": 3,
        "enrollment_count": 1,
        "rating": None,
        "rating_count": 0,
        "thumbnail_url": "https://x/y",
        "published_at": "2026-01-01T00:00:00.000Z",
    }


def test_catalogue_omits_draft_archived_and_hidden_courses(anonymous: Api, run_projector: Project) -> None:
    for number, status in enumerate(CourseStatus):
        rows.put_course(title=f"Status {status}", status=status)
        rows.put_course(title=f"Hidden {number}", status=status, hidden=True)
    run_projector()
    assert list_titles(anonymous) == ["Status published"]
    assert list_titles(anonymous, "?q=hidden") == []


def test_catalogue_drops_course_from_every_list_when_hidden_unpublished_or_deleted(
    anonymous: Api, run_projector: Project
) -> None:
    courses = [publish(name) for name in ("One", "Two", "Three")]
    run_projector()
    assert len(list_titles(anonymous)) == 3
    rows.update(courses[0], hidden=True)
    rows.update(courses[1], status=CourseStatus.DRAFT)
    rows.delete(courses[2])
    run_projector()
    for query in ("", "?sort=popular", "?category=data", "?level=beginner&price=free", "?q=one", "?q=two", "?q=three"):
        assert list_titles(anonymous, query) == []
    rows.update(courses[0], hidden=False)
    run_projector()
    assert list_titles(anonymous) == ["One"]


def test_catalogue_edit_moves_course_to_its_new_lists(anonymous: Api, run_projector: Project) -> None:
    course = publish("Baking bread", category="cooking")
    run_projector()
    rows.update(course, title="Painting", category="art", amount=100, level=CourseLevel.ADVANCED)
    run_projector()
    assert (
        list_titles(anonymous, "?category=cooking")
        == list_titles(anonymous, "?q=bread")
        == list_titles(anonymous, "?price=free")
        == []
    )
    assert list_titles(anonymous, "?category=art&level=advanced&price=paid") == ["Painting"]
    assert list_titles(anonymous, "?q=paint") == ["Painting"]


def test_catalogue_applies_filters_and_sort_orders(anonymous: Api, run_projector: Project) -> None:
    a = publish("A", 1, category="art", amount=0, level=CourseLevel.BEGINNER)
    b = publish("B", 2, category="art", amount=100, level=CourseLevel.ADVANCED)
    publish("C", 3, category="data", amount=100, level=CourseLevel.ADVANCED)
    for course, learners in ((a, 3), (b, 1)):
        for _ in range(learners):
            rows.put_enrollment(ids.user(), course)
    run_projector()
    assert list_titles(anonymous) == ["C", "B", "A"]
    assert list_titles(anonymous, "?sort=popular") == ["A", "B", "C"]
    assert list_titles(anonymous, "?category=art") == ["B", "A"]
    assert list_titles(anonymous, "?category=art&price=paid") == ["B"]
    assert list_titles(anonymous, "?level=advanced&sort=popular") == ["B", "C"]
    assert list_titles(anonymous, "?price=free&level=advanced") == []
    assert list_titles(anonymous, "?category=nothing") == []


def test_catalogue_language_filter_matches_exact_tag_case_insensitively(anonymous: Api, run_projector: Project) -> None:
    publish("English", 1, language="en")
    publish("Indian English", 2, language="en-IN", amount=100)
    publish("Hindi", 3, language="hi")
    run_projector()
    assert list_titles(anonymous, "?language=en") == ["English"]
    assert list_titles(anonymous, "?language=EN-in&price=paid&level=beginner&category=data") == ["Indian English"]
    assert list_titles(anonymous, "?language=hi&sort=popular&price=free") == ["Hindi"]
    assert list_titles(anonymous, "?q=english&language=en") == ["English"]
    assert list_titles(anonymous, "?language=fr") == list_titles(anonymous, "?q=hindi&language=en") == []


def test_catalogue_card_is_rewritten_only_when_enrollments_double(anonymous: Api, run_projector: Project) -> None:
    course = publish("Popular")
    rewritten = []
    for learners in range(1, 10):
        rows.put_enrollment(ids.user(), course)
        with recorded_roundtrips() as calls:
            run_projector()
        if calls.counts["TransactWriteItems"] > 1:
            rewritten.append(learners)
    assert rewritten == [1, 2, 4, 8]
    assert anonymous.get("/api/courses?sort=popular").json["items"][0]["enrollment_count"] == 8


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
def test_catalogue_search_matches_word_prefixes_of_title_category_and_instructor(
    anonymous: Api, run_projector: Project, q: str, found: bool
) -> None:
    publish("Data Engineering with Python at the Café हिन्दी", category="developer-tools")
    run_projector()
    assert bool(list_titles(anonymous, f"?q={quote(q)}")) is found


def test_catalogue_search_combines_with_filters_and_sort(anonymous: Api, run_projector: Project) -> None:
    publish("Python one", 1, category="art", amount=0)
    publish("Python two", 2, category="data", amount=500)
    rows.put_enrollment(ids.user(), publish("Python three", 0, category="data", amount=500))
    run_projector()
    assert list_titles(anonymous, "?q=python") == ["Python two", "Python one", "Python three"]
    assert list_titles(anonymous, "?q=python&sort=popular") == ["Python three", "Python two", "Python one"]
    assert list_titles(anonymous, "?q=python&category=data&price=paid") == ["Python two", "Python three"]
    assert list_titles(anonymous, "?q=python&price=free&level=beginner") == ["Python one"]


@pytest.mark.parametrize("filters", ["", "?q=python", "?q=python+course", "?sort=popular", "?q=pythonic"])
def test_catalogue_pagination_lists_every_course_exactly_once(
    anonymous: Api, run_projector: Project, filters: str
) -> None:
    published = {publish(f"Pythonic course {number}", number % 3).title for number in range(7)}
    run_projector()
    seen: list[str] = []
    path = f"/api/courses{filters}{'&' if filters else '?'}limit=3"
    while path:
        reply = anonymous.get(path)
        seen += [each["title"] for each in reply.json["items"]]
        assert len(reply.json["items"]) <= 3
        link = reply.headers.get("Link")
        assert (link is not None) is (reply.json["next_cursor"] is not None)
        path = link.removeprefix("<").partition(">")[0] if link else ""
    assert sorted(seen) == sorted(published)


@pytest.mark.parametrize(
    "filters", ["", "?category=data&level=beginner&price=free&sort=popular", "?q=data", "?q=data+cou"]
)
def test_catalogue_page_makes_one_query(anonymous: Api, run_projector: Project, filters: str) -> None:
    for number in range(5):
        publish(f"Course {number}", category="data")
    run_projector()
    with recorded_roundtrips() as calls:
        assert len(list_titles(anonymous, filters)) == 5
    assert calls.operations == ["Query"]


@pytest.mark.parametrize(
    "query",
    ["level=hard", "price=cheap", "sort=best", "limit=0", "limit=101", "limit=x", "unknown=1", f"q={'x' * 101}"],
)
def test_catalogue_with_invalid_query_parameter_returns_422_naming_it(anonymous: Api, query: str) -> None:
    reply = anonymous.get(f"/api/courses?{query}")
    assert (reply.status, reply.code) == (422, "invalid")
    assert reply.json["errors"][0]["loc"] == ["query", query.partition("=")[0]]


def test_catalogue_cursor_of_another_list_or_tampered_returns_400(anonymous: Api, run_projector: Project) -> None:
    for number in range(3):
        publish(f"Course {number}")
    run_projector()
    cursor = anonymous.get("/api/courses?limit=1").json["next_cursor"]
    assert anonymous.get(f"/api/courses?limit=2&cursor={cursor}").status == 200
    for other in (f"sort=popular&cursor={cursor}", f"cursor={cursor[:-2]}AA", "cursor=x"):
        reply = anonymous.get(f"/api/courses?{other}")
        assert (reply.status, reply.code) == (400, "cursor_invalid")


def test_catalogue_response_is_publicly_cacheable_and_revalidates_by_etag(
    anonymous: Api, run_projector: Project
) -> None:
    publish("Course")
    run_projector()
    first = anonymous.get("/api/courses")
    assert first.headers["Cache-Control"] == "public, max-age=30, stale-while-revalidate=60"
    again = anonymous.get("/api/courses", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.text, again.headers["ETag"]) == (304, "", first.headers["ETag"])
    publish("Another")
    run_projector()
    assert anonymous.get("/api/courses", headers={"If-None-Match": first.headers["ETag"]}).status == 200
