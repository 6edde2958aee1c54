"""Reviews: one per learner and course, only from learners with access, shown without the author's id."""

from collections import Counter
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest

from functions.dashboards.recount import compare
from shared.db.courses import reviews
from shared.db.entities import CardManifest, CatalogueCard, Course, Enrollment, Review
from shared.db.table import keys, store
from shared.domain.lifecycle import EnrollmentStatus
from tests.fixtures.api import Api
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.dynamodb_faults import run_at_next_write
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.storefront import Storefront, put_published_course
from tests.fixtures.table_snapshot import snapshot
from tests.integration.payments.test_concurrency import run_concurrently

NewUser = Callable[..., Api]
Project = Callable[[], int]


def create_course_with_learners(*learners: Api) -> Course:
    course = put_published_course("usr_01M844DZG0RJ9RDKNYDJNHNVW1", amount=0)
    for learner in learners:
        assert learner.post("/api/enrollments", {"course_id": course.course_id}).status == 201
    return course


def reviews_path(course: Course) -> str:
    return f"/api/courses/{course.course_id}/reviews"


def rate(learner: Api, course: Course, rating: int, text: str | None = None) -> Any:
    reply = learner.put(f"{reviews_path(course)}/my", {"rating": rating, "text": text})
    assert reply.status in (200, 201), reply.text
    return reply.json


def shown_ratings(course: Course) -> list[int]:
    """[average, number of reviews, number of reviews with one star, … with five stars] of the course page."""
    page = Api().get(f"/api/courses/{course.course_id}").json
    return [page["rating"], page["rating_count"], *page["ratings"]]


def test_review_can_be_created_replaced_and_deleted(student: Api, anonymous: Api, fake_clock: FakeClock) -> None:
    course = create_course_with_learners(student)
    path = f"{reviews_path(course)}/my"
    assert (student.get(path).status, student.get(path).code) == (404, "review_not_found")
    created = student.put(path, {"rating": 4, "text": "  Clear & calm: a < b  "})
    assert (created.status, created.json["rating"], created.json["text"]) == (201, 4, "Clear & calm: a < b")
    assert (created.json["hidden"], created.json["moderation_reason"]) == (False, None)
    fake_clock.advance(hours=1)
    again = student.put(path, {"rating": 2})
    assert again.status == 200
    assert again.json == created.json | {"rating": 2, "text": None, "updated_at": "2026-11-23T13:00:00.000Z"}
    assert student.get(path).json == again.json
    assert [each["id"] for each in anonymous.get(reviews_path(course)).json["items"]] == [created.json["id"]]
    assert student.delete(path).status == 204
    assert (student.delete(path).status, student.delete(path).code) == (404, "review_not_found")
    assert anonymous.get(reviews_path(course)).json == {"items": [], "next_cursor": None, "my_review": None}
    assert student.put(path, {"rating": 5}).json["id"] != created.json["id"]


def test_review_put_unchanged_writes_nothing(student: Api) -> None:
    course = create_course_with_learners(student)
    rate(student, course, 3, "Fine")
    before = snapshot()
    assert rate(student, course, 3, "Fine")["rating"] == 3
    assert snapshot() == before


@pytest.mark.parametrize(
    "body",
    [
        {"rating": 0},
        {"rating": 6},
        {"rating": 4.5},
        {"rating": "4"},
        {"rating": True},
        {"rating": None},
        {},
        {"rating": 4, "text": "x" * 2001},
        {"rating": 4, "text": "nul \x00"},
        {"rating": 4, "hidden": False},
    ],
)
def test_review_put_with_invalid_body_returns_422_and_changes_nothing(student: Api, body: dict[str, Any]) -> None:
    course = create_course_with_learners(student)
    before = snapshot()
    reply = student.put(f"{reviews_path(course)}/my", body)
    assert (reply.status, reply.code) == (422, "invalid")
    assert snapshot() == before


def test_review_text_is_sanitized_and_keeps_unicode(student: Api) -> None:
    course = create_course_with_learners(student)
    text = "बहुत अच्छा! <script>alert(1)</script><img src=x onerror=alert(1)> [more](javascript:alert(1)) 5 > 4"
    stored = rate(student, course, 5, text)["text"]
    assert stored.startswith("बहुत अच्छा!")
    assert stored.endswith("5 > 4")
    assert not any(each in stored for each in ("<script", "onerror", "javascript:"))
    assert len(rate(student, course, 5, "க" * 2000)["text"]) == 2000


def test_review_put_requires_an_active_enrollment(
    shop: Storefront, student: Api, instructor: Api, admin: Api, anonymous: Api
) -> None:
    path, body = f"{reviews_path(shop.course)}/my", {"rating": 5}
    assert student.put(path, body).code == "enrollment_not_found"
    order = shop.create_order(student)
    assert (student.put(path, body).status, student.put(path, body).code) == (403, "not_enrolled")
    assert student.put(path, {"rating": 9}).code == "not_enrolled"
    assert [each.put(path, body).status for each in (instructor, admin, anonymous)] == [403, 403, 401]
    shop.pay(order["order_id"])
    shop.deliver()
    assert student.put(path, body).status == 201


def test_review_remains_and_can_be_deleted_after_access_is_lost(
    shop: Storefront, student: Api, admin: Api, run_projector: Project
) -> None:
    shop.pay(shop.create_order(student)["order_id"])
    shop.deliver()
    rate(student, shop.course, 1, "No content")
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "requested"}
    assert admin.post("/api/enrollments/revoke", body).status == 200
    run_projector()
    assert shown_ratings(shop.course) == [1.0, 1, 1, 0, 0, 0, 0]
    assert student.put(f"{reviews_path(shop.course)}/my", {"rating": 5}).code == "not_enrolled"
    assert student.delete(f"{reviews_path(shop.course)}/my").status == 204
    run_projector()
    assert shown_ratings(shop.course) == [None, 0, 0, 0, 0, 0, 0]


def test_review_put_racing_withdrawal_returns_403_and_stores_nothing(
    student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The enrollment ends between the read and the write, so the write is rejected with the reason."""
    course = create_course_with_learners(student)
    write = reviews.write

    def withdrawn_first(*arguments: Any) -> Any:
        assert student.delete(f"/api/enrollments/{course.course_id}").status == 200
        return write(*arguments)

    monkeypatch.setattr(reviews, "write", withdrawn_first)
    reply = student.put(f"{reviews_path(course)}/my", {"rating": 5})
    assert (reply.status, reply.code) == (403, "not_enrolled")
    assert store.get(Review, keys.review(student.user_id, course.course_id)) is None


def test_review_concurrent_puts_store_one_review(student: Api, run_projector: Project) -> None:
    course = create_course_with_learners(student)
    path = f"{reviews_path(course)}/my"
    replies = run_concurrently(lambda number: student.put(path, {"rating": number % 5 + 1}), 20)
    statuses = Counter(reply.status for reply in replies)
    assert statuses[201] == 1
    assert set(statuses) <= {200, 201, 409}
    assert {reply.code for reply in replies if reply.status == 409} <= {"review_busy"}
    run_projector()
    [shown] = Api().get(reviews_path(course)).json["items"]
    assert shown_ratings(course)[:2] == [float(shown["rating"]), 1]
    assert compare.compare_counters().is_equal


def test_review_concurrent_puts_and_deletes_match_the_rating_count(student: Api, run_projector: Project) -> None:
    course = create_course_with_learners(student)
    path = f"{reviews_path(course)}/my"
    run_concurrently(lambda n: student.delete(path) if n % 3 == 0 else student.put(path, {"rating": n % 5 + 1}), 20)
    run_projector()
    remaining = Api().get(reviews_path(course)).json["items"]
    assert shown_ratings(course)[1] == len(remaining)
    assert compare.compare_counters().is_equal


def test_list_reviews_returns_newest_first_in_pages_with_author_name_only(
    new_user: NewUser, anonymous: Api, fake_clock: FakeClock
) -> None:
    learners = [new_user("student", name=f"Learner {number}") for number in range(5)]
    course = create_course_with_learners(*learners)
    for number, learner in enumerate(learners):
        rate(learner, course, number + 1, f"Number {number}")
        fake_clock.advance(minutes=1)
    rate(learners[0], course, 5, "Number 0, again")
    seen, path = [], f"{reviews_path(course)}?limit=2"
    while path:
        page = anonymous.get(path).json
        seen += page["items"]
        path = f"{reviews_path(course)}?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert [each["author"] for each in seen] == [{"name": f"Learner {number}"} for number in (4, 3, 2, 1, 0)]
    assert set(seen[0]) == {
        *("id", "course_id", "author", "rating", "text", "hidden", "moderation_reason", "created_at", "updated_at")
    }
    assert not any(each.user_id in str(seen) for each in learners)
    assert anonymous.get(f"{reviews_path(course)}?limit=0").status == 422


def test_hidden_review_is_excluded_from_list_and_rating_until_restored(
    new_user: NewUser, admin: Api, anonymous: Api, instructor: Api, run_projector: Project, fake_clock: FakeClock
) -> None:
    first, second = new_user("student"), new_user("student")
    course = create_course_with_learners(first, second)
    spam = rate(first, course, 1, "Buy my book")
    rate(second, course, 4)
    run_projector()
    assert shown_ratings(course) == [2.5, 2, 1, 0, 0, 1, 0]
    path = f"{reviews_path(course)}/{spam['id']}/moderation"
    hidden = admin.patch(path, {"hidden": True, "reason": "An advertisement"})
    assert (hidden.status, hidden.json["hidden"], hidden.json["moderation_reason"]) == (200, True, "An advertisement")
    assert admin.patch(path, {"hidden": True, "reason": "An advertisement"}).status == 200
    run_projector()
    assert shown_ratings(course) == [4.0, 1, 0, 0, 0, 1, 0]
    assert [each["rating"] for each in anonymous.get(reviews_path(course)).json["items"]] == [4]
    assert [each["id"] for each in admin.get(f"{reviews_path(course)}?hidden=true").json["items"]] == [spam["id"]]
    for other in (anonymous, first, instructor):
        assert (other.get(f"{reviews_path(course)}?hidden=true").status) == 403
    assert first.get(reviews_path(course)).json["my_review"]["moderation_reason"] == "An advertisement"
    assert [each.get(reviews_path(course)).json["my_review"] for each in (anonymous, instructor, admin)] == [None] * 3
    rewritten = rate(first, course, 2, "Better")
    assert (rewritten["hidden"], rewritten["moderation_reason"]) == (True, "An advertisement")
    assert first.delete(f"{reviews_path(course)}/my").code == "review_hidden"
    run_projector()
    assert shown_ratings(course) == [4.0, 1, 0, 0, 0, 1, 0]
    restored = admin.patch(path, {"hidden": False, "reason": "It is a review now"})
    assert (restored.json["hidden"], restored.json["rating"]) == (False, 2)
    run_projector()
    assert shown_ratings(course) == [3.0, 2, 0, 1, 0, 1, 0]
    assert anonymous.get(reviews_path(course)).json["items"][1]["moderation_reason"] is None
    assert compare.compare_counters().is_equal
    assert sorted((each.action, each.admin_id, each.reason, each.before["hidden"]) for each in audit_entries()) == [
        ("review_hidden", admin.user_id, "An advertisement", False),
        ("review_hidden", admin.user_id, "An advertisement", True),
        ("review_restored", admin.user_id, "It is a review now", True),
    ]


def test_review_moderation_racing_a_new_version_hides_that_version(
    student: Api, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = create_course_with_learners(student)
    path = f"{reviews_path(course)}/{rate(student, course, 1, 'Buy my book')['id']}/moderation"
    run_at_next_write(monkeypatch, lambda: rate(student, course, 1, "Buy my books"))
    hidden = admin.patch(path, {"hidden": True, "reason": "An advertisement"})
    assert (hidden.status, hidden.json["hidden"], hidden.json["text"]) == (200, True, "Buy my books")
    assert [entry.action for entry in audit_entries()] == ["review_hidden"]


def test_review_moderation_racing_new_versions_every_time_returns_409_and_hides_nothing(
    student: Api, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = create_course_with_learners(student)
    path = f"{reviews_path(course)}/{rate(student, course, 1)['id']}/moderation"
    ratings, moderate = cycle((2, 3)), reviews.moderate

    def rate_first(*arguments: Any, **keywords: Any) -> Any:
        rate(student, course, next(ratings))
        return moderate(*arguments, **keywords)

    monkeypatch.setattr(reviews, "moderate", rate_first)
    reply = admin.patch(path, {"hidden": True, "reason": "An advertisement"})
    assert (reply.status, reply.code) == (409, "review_busy")
    assert student.get(f"{reviews_path(course)}/my").json["hidden"] is False
    assert audit_entries() == []


def test_review_moderation_with_unknown_review_returns_404(admin: Api, student: Api) -> None:
    course, other = create_course_with_learners(student), create_course_with_learners(student)
    review = rate(student, course, 3)
    before = snapshot()
    for path in (f"{reviews_path(other)}/{review['id']}", f"{reviews_path(course)}/rev_{'0' * 26}"):
        reply = admin.patch(f"{path}/moderation", {"hidden": True, "reason": "spam"})
        assert (reply.status, reply.code) == (404, "review_not_found")
    assert snapshot() == before


def test_course_rating_average_is_exact_and_changes_the_etag(
    new_user: NewUser, anonymous: Api, run_projector: Project
) -> None:
    learners = [new_user("student") for _ in range(7)]
    course = create_course_with_learners(*learners)
    run_projector()
    untouched = anonymous.get(f"/api/courses/{course.course_id}")
    assert [untouched.json[name] for name in ("rating", "rating_count", "ratings")] == [None, 0, [0] * 5]
    for learner, stars in zip(learners, (5, 5, 4, 4, 4, 1, 3), strict=True):
        rate(learner, course, stars)
    run_projector()
    assert shown_ratings(course) == [3.71, 7, 1, 0, 1, 3, 2]
    rated = anonymous.get(f"/api/courses/{course.course_id}")
    assert rated.headers["ETag"] != untouched.headers["ETag"]
    again = anonymous.get(f"/api/courses/{course.course_id}", headers={"If-None-Match": rated.headers["ETag"]})
    assert again.status == 304


def test_list_reviews_of_invisible_course_returns_404(student: Api, anonymous: Api, new_user: NewUser) -> None:
    course = create_course_with_learners(student)
    rate(student, course, 5)
    store.update(Course, keys.course(course.course_id), [Course.hidden.set(True)], Course.pk.exists())
    for stranger in (anonymous, new_user("student"), new_user("instructor")):
        assert stranger.get(reviews_path(course)).code == "course_not_found"
    assert [each["rating"] for each in student.get(reviews_path(course)).json["items"]] == [5]
    enrollment_key = keys.enrollment(student.user_id, course.course_id)
    cancel = Enrollment.status.set(EnrollmentStatus.CANCELLED)
    store.update(Enrollment, enrollment_key, [cancel], Enrollment.pk.exists())
    assert student.get(reviews_path(course)).code == "course_not_found"


def test_catalogue_card_is_rewritten_only_when_average_rating_changes(
    new_user: NewUser, anonymous: Api, run_projector: Project
) -> None:
    learners = [new_user("student") for _ in range(9)]
    course = create_course_with_learners(*learners)
    run_projector()
    [card] = anonymous.get("/api/courses").json["items"]
    assert (card["rating"], card["rating_count"]) == (None, 0)
    for learner in learners[:8]:
        rate(learner, course, 4)
    run_projector()
    manifest = store.get(CardManifest, keys.card_manifest(course.course_id))
    assert manifest
    [card] = anonymous.get("/api/courses").json["items"]
    assert (card["rating"], card["rating_count"]) == (4.0, 8)
    rate(learners[8], course, 4)
    run_projector()
    again = store.get(CardManifest, keys.card_manifest(course.course_id))
    assert again
    assert again.revision == manifest.revision
    assert shown_ratings(course)[:2] == [4.0, 9]
    rate(learners[8], course, 1)
    run_projector()
    [card] = anonymous.get("/api/courses").json["items"]
    assert (card["rating"], card["rating_count"]) == (3.67, 9)
    assert compare.compare_counters().is_equal
    wrong = store.query_all("CATALOGUE#newest#*#*#*#*")[0]
    store.update(
        CatalogueCard, keys.Key(wrong.pk, wrong.sk), [CatalogueCard.rating.set(500)], CatalogueCard.pk.exists()
    )
    assert [(row.displayed, row.recounted) for row in compare.compare_counters().differences] == [(-1, 1)]
