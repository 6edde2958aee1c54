"""What learners say of a course: one review each, from those who have it; shown without who they are."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from functions.dashboards import recount
from shared.db import keys, store
from shared.db.entities import CardManifest, CatalogueCard, Course, Enrollment, Review
from tests.api import Api
from tests.clockwork import StandingClock
from tests.contents import contents
from tests.integration.test_concurrency import at_once
from tests.shop import Shop, stored_course

NewUser = Callable[..., Api]
Project = Callable[[], int]


def open_course(*learners: Api) -> Course:
    course = stored_course("usr_01M844DZG0RJ9RDKNYDJNHNVW1", amount=0)
    for learner in learners:
        assert learner.post("/api/enrollments", {"course_id": course.course_id}).status == 201
    return course


def reviews_of(course: Course) -> str:
    return f"/api/courses/{course.course_id}/reviews"


def rate(learner: Api, course: Course, rating: int, text: str | None = None) -> Any:
    reply = learner.put(f"{reviews_of(course)}/my", {"rating": rating, "text": text})
    assert reply.status in (200, 201), reply.text
    return reply.json


def told(course: Course) -> list[int]:
    """Average, number of reviews, and how many gave each number of stars, as the course page tells them."""
    page = Api().get(f"/api/courses/{course.course_id}").json
    return [page["rating"], page["rating_count"], *page["ratings"]]


def test_a_review_is_written_replaced_and_taken_back(student: Api, anyone: Api, time: StandingClock) -> None:
    course = open_course(student)
    path = f"{reviews_of(course)}/my"
    assert (student.get(path).status, student.get(path).code) == (404, "review_not_found")
    made = student.put(path, {"rating": 4, "text": "  Clear & calm: a < b  "})
    assert (made.status, made.json["rating"], made.json["text"]) == (201, 4, "Clear & calm: a < b")
    assert (made.json["hidden"], made.json["moderation_reason"]) == (False, None)
    time.pass_time(hours=1)
    again = student.put(path, {"rating": 2})
    assert again.status == 200
    assert again.json == made.json | {"rating": 2, "text": None, "updated_at": "2026-11-23T13:00:00.000Z"}
    assert student.get(path).json == again.json
    assert [each["id"] for each in anyone.get(reviews_of(course)).json["items"]] == [made.json["id"]]
    assert student.delete(path).status == 204
    assert (student.delete(path).status, student.delete(path).code) == (404, "review_not_found")
    assert anyone.get(reviews_of(course)).json == {"items": [], "next_cursor": None, "own": None}
    assert student.put(path, {"rating": 5}).json["id"] != made.json["id"]


def test_the_same_review_again_writes_nothing(student: Api) -> None:
    course = open_course(student)
    rate(student, course, 3, "Fine")
    before = contents()
    assert rate(student, course, 3, "Fine")["rating"] == 3
    assert contents() == before


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
def test_what_is_no_review_changes_nothing(student: Api, body: dict[str, Any]) -> None:
    course = open_course(student)
    before = contents()
    reply = student.put(f"{reviews_of(course)}/my", body)
    assert (reply.status, reply.code) == (422, "invalid")
    assert contents() == before


def test_scripts_are_taken_out_and_letters_are_kept(student: Api) -> None:
    course = open_course(student)
    text = "बहुत अच्छा! <script>alert(1)</script><img src=x onerror=alert(1)> [more](javascript:alert(1)) 5 > 4"
    kept = rate(student, course, 5, text)["text"]
    assert kept.startswith("बहुत अच्छा!")
    assert kept.endswith("5 > 4")
    assert not any(each in kept for each in ("<script", "onerror", "javascript:"))
    assert len(rate(student, course, 5, "க" * 2000)["text"]) == 2000


def test_only_those_who_have_the_course_review_it(
    shop: Shop, student: Api, instructor: Api, admin: Api, anyone: Api
) -> None:
    path, body = f"{reviews_of(shop.course)}/my", {"rating": 5}
    assert student.put(path, body).code == "enrollment_not_found"
    order = shop.order(student)
    assert (student.put(path, body).status, student.put(path, body).code) == (403, "not_enrolled")
    assert student.put(path, {"rating": 9}).code == "not_enrolled"
    assert [each.put(path, body).status for each in (instructor, admin, anyone)] == [403, 403, 401]
    shop.pay(order["order_id"])
    shop.deliver()
    assert student.put(path, body).status == 201


def test_who_lost_access_keeps_the_review_and_may_take_it_away(
    shop: Shop, student: Api, admin: Api, project: Project
) -> None:
    shop.pay(shop.order(student)["order_id"])
    shop.deliver()
    rate(student, shop.course, 1, "Nothing in it")
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "asked for"}
    assert admin.post("/api/enrollments/revoke", body).status == 200
    project()
    assert told(shop.course) == [1.0, 1, 1, 0, 0, 0, 0]
    assert student.put(f"{reviews_of(shop.course)}/my", {"rating": 5}).code == "not_enrolled"
    assert student.delete(f"{reviews_of(shop.course)}/my").status == 204
    project()
    assert told(shop.course) == [None, 0, 0, 0, 0, 0, 0]


def test_access_is_the_condition_of_the_write(student: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes between the read and the write: the write is refused, and says why."""
    from functions.courses import reviews

    course = open_course(student)
    written = reviews.reviews.write

    def withdrawn_first(*arguments: Any) -> Any:
        assert student.delete(f"/api/enrollments/{course.course_id}").status == 200
        return written(*arguments)

    monkeypatch.setattr(reviews.reviews, "write", withdrawn_first)
    reply = student.put(f"{reviews_of(course)}/my", {"rating": 5})
    assert (reply.status, reply.code) == (403, "not_enrolled")
    assert store.get(Review, keys.review(student.user_id, course.course_id)) is None


def test_reviews_written_at_once_are_one(student: Api, project: Project) -> None:
    course = open_course(student)
    path = f"{reviews_of(course)}/my"
    replies = at_once(lambda number: student.put(path, {"rating": number % 5 + 1}), 20)
    statuses = Counter(reply.status for reply in replies)
    assert statuses[201] == 1
    assert set(statuses) <= {200, 201, 409}
    assert {reply.code for reply in replies if reply.status == 409} <= {"review_busy"}
    project()
    [shown] = Api().get(reviews_of(course)).json["items"]
    assert told(course)[:2] == [float(shown["rating"]), 1]
    assert recount.compare_counters().is_equal


def test_a_review_withdrawn_and_written_at_once_counts_as_what_is_left(student: Api, project: Project) -> None:
    course = open_course(student)
    path = f"{reviews_of(course)}/my"
    at_once(lambda n: student.delete(path) if n % 3 == 0 else student.put(path, {"rating": n % 5 + 1}), 20)
    project()
    left = Api().get(reviews_of(course)).json["items"]
    assert told(course)[1] == len(left)
    assert recount.compare_counters().is_equal


def test_the_list_is_newest_first_in_pages_and_names_nobody_but_by_name(
    new_user: NewUser, anyone: Api, time: StandingClock
) -> None:
    people = [new_user("student", name=f"Learner {number}") for number in range(5)]
    course = open_course(*people)
    for number, learner in enumerate(people):
        rate(learner, course, number + 1, f"Number {number}")
        time.pass_time(minutes=1)
    rate(people[0], course, 5, "Number 0, again")
    seen, path = [], f"{reviews_of(course)}?limit=2"
    while path:
        page = anyone.get(path).json
        seen += page["items"]
        path = f"{reviews_of(course)}?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert [each["author"] for each in seen] == [{"name": f"Learner {number}"} for number in (4, 3, 2, 1, 0)]
    assert set(seen[0]) == {
        *("id", "course_id", "author", "rating", "text", "hidden", "moderation_reason", "created_at", "updated_at")
    }
    assert not any(each.user_id in str(seen) for each in people)
    assert anyone.get(f"{reviews_of(course)}?limit=0").status == 422


def test_a_hidden_review_is_not_shown_and_does_not_count(
    new_user: NewUser, admin: Api, anyone: Api, instructor: Api, project: Project, time: StandingClock
) -> None:
    first, second = new_user("student"), new_user("student")
    course = open_course(first, second)
    mine = rate(first, course, 1, "Buy my book")
    rate(second, course, 4)
    project()
    assert told(course) == [2.5, 2, 1, 0, 0, 1, 0]
    path = f"{reviews_of(course)}/{mine['id']}/moderation"
    hidden = admin.patch(path, {"hidden": True, "reason": "An advertisement"})
    assert (hidden.status, hidden.json["hidden"], hidden.json["moderation_reason"]) == (200, True, "An advertisement")
    assert admin.patch(path, {"hidden": True, "reason": "An advertisement"}).status == 200
    project()
    assert told(course) == [4.0, 1, 0, 0, 0, 1, 0]
    assert [each["rating"] for each in anyone.get(reviews_of(course)).json["items"]] == [4]
    assert [each["id"] for each in admin.get(f"{reviews_of(course)}?hidden=true").json["items"]] == [mine["id"]]
    for other in (anyone, first, instructor):
        assert (other.get(f"{reviews_of(course)}?hidden=true").status) == 403
    assert first.get(reviews_of(course)).json["own"]["moderation_reason"] == "An advertisement"
    assert [each.get(reviews_of(course)).json["own"] for each in (anyone, instructor, admin)] == [None] * 3
    rewritten = rate(first, course, 2, "Better")
    assert (rewritten["hidden"], rewritten["moderation_reason"]) == (True, "An advertisement")
    assert first.delete(f"{reviews_of(course)}/my").code == "review_hidden"
    project()
    assert told(course) == [4.0, 1, 0, 0, 0, 1, 0]
    restored = admin.patch(path, {"hidden": False, "reason": "It is a review now"})
    assert (restored.json["hidden"], restored.json["rating"]) == (False, 2)
    project()
    assert told(course) == [3.0, 2, 0, 1, 0, 1, 0]
    assert anyone.get(reviews_of(course)).json["items"][1]["moderation_reason"] is None
    assert recount.compare_counters().is_equal
    entries = store.query_all("AUDIT#2026-11")
    assert sorted((each.action, each.admin_id, each.reason, each.before["hidden"]) for each in entries) == [
        ("review_hidden", admin.user_id, "An advertisement", False),
        ("review_hidden", admin.user_id, "An advertisement", True),
        ("review_restored", admin.user_id, "It is a review now", True),
    ]


def test_an_unknown_review_cannot_be_hidden(admin: Api, student: Api) -> None:
    course, other = open_course(student), open_course(student)
    mine = rate(student, course, 3)
    before = contents()
    for path in (f"{reviews_of(other)}/{mine['id']}", f"{reviews_of(course)}/rev_{'0' * 26}"):
        reply = admin.patch(f"{path}/moderation", {"hidden": True, "reason": "spam"})
        assert (reply.status, reply.code) == (404, "review_not_found")
    assert contents() == before


def test_averages_are_exact_and_the_entity_tag_knows_them(new_user: NewUser, anyone: Api, project: Project) -> None:
    people = [new_user("student") for _ in range(7)]
    course = open_course(*people)
    project()
    untouched = anyone.get(f"/api/courses/{course.course_id}")
    assert [untouched.json[name] for name in ("rating", "rating_count", "ratings")] == [None, 0, [0] * 5]
    for learner, stars in zip(people, (5, 5, 4, 4, 4, 1, 3), strict=True):
        rate(learner, course, stars)
    project()
    assert told(course) == [3.71, 7, 1, 0, 1, 3, 2]
    rated = anyone.get(f"/api/courses/{course.course_id}")
    assert rated.headers["ETag"] != untouched.headers["ETag"]
    again = anyone.get(f"/api/courses/{course.course_id}", headers={"If-None-Match": rated.headers["ETag"]})
    assert again.status == 304


def test_reviews_of_what_may_not_be_seen_are_not_shown(student: Api, anyone: Api, new_user: NewUser) -> None:
    course = open_course(student)
    rate(student, course, 5)
    store.update(Course, keys.course(course.course_id), [Course.hidden.set(True)], Course.pk.exists())
    for stranger in (anyone, new_user("student"), new_user("instructor")):
        assert stranger.get(reviews_of(course)).code == "course_not_found"
    assert [each["rating"] for each in student.get(reviews_of(course)).json["items"]] == [5]
    e = Enrollment
    store.update(e, keys.enrollment(student.user_id, course.course_id), [e.status.set("cancelled")], e.pk.exists())
    assert student.get(reviews_of(course)).code == "course_not_found"


def test_the_catalogue_tells_about_the_average_and_is_seldom_written_for_it(
    new_user: NewUser, anyone: Api, project: Project
) -> None:
    people = [new_user("student") for _ in range(9)]
    course = open_course(*people)
    project()
    [card] = anyone.get("/api/courses").json["items"]
    assert (card["rating"], card["rating_count"]) == (None, 0)
    for learner in people[:8]:
        rate(learner, course, 4)
    project()
    manifest = store.get(CardManifest, keys.card_manifest(course.course_id))
    assert manifest
    [card] = anyone.get("/api/courses").json["items"]
    assert (card["rating"], card["rating_count"]) == (4.0, 8)
    rate(people[8], course, 4)
    project()
    again = store.get(CardManifest, keys.card_manifest(course.course_id))
    assert again
    assert again.revision == manifest.revision
    assert told(course)[:2] == [4.0, 9]
    rate(people[8], course, 1)
    project()
    [card] = anyone.get("/api/courses").json["items"]
    assert (card["rating"], card["rating_count"]) == (3.67, 9)
    assert recount.compare_counters().is_equal
    wrong = store.query_all("CATALOGUE#newest#*#*#*#*")[0]
    store.update(
        CatalogueCard, keys.Key(wrong.pk, wrong.sk), [CatalogueCard.rating.set(500)], CatalogueCard.pk.exists()
    )
    assert [(row.displayed, row.recounted) for row in recount.compare_counters().differences] == [(-1, 1)]
