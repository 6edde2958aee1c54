"""Every role on every route, and every id of somebody else."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from functions import manifest
from shared import ids
from shared.db import revocations
from shared.http.route import Route
from tests.api import Api, Reply
from tests.contents import contents
from tests.integration.authoring import new_course, new_lesson, new_section, published_course
from tests.keys import access_token
from tests.security.matrix import MAY_CALL, NOT_YOURS, ONLY_ADMINS_SEE_ALL, OPEN, PUBLIC, WHO_HAS_THE_ID_MAY, Who
from tests.shop import Shop

ROUTES: dict[str, Route] = {route.key: route for name in manifest.HTTP for route in import_module(name).app.routes}
ROLES = ("student", "instructor", "admin")
REFUSED = {(401, "unauthenticated"), (403, "forbidden")}
NewUser = Callable[..., Api]


def nowhere(route: Route) -> str:
    """The route's path with ids of the right form that nothing has."""
    course_id = ids.course()
    return route.path.format(
        course_id=course_id,
        lesson_id=ids.lesson(course_id),
        user_id=ids.user(),
        order_id="order_AAAAAAAAAAAAAA",
        review_id=ids.review(),
        certificate_id=ids.certificate(),
        id=ids.section(course_id),
    )


def answers(caller: Api, **sent: Any) -> Iterator[tuple[str, Who, Reply]]:
    for key, route in ROUTES.items():
        reply = caller.call(route.method, nowhere(route), **sent)
        assert reply.status < 500, (key, reply.text)
        yield key, MAY_CALL[key], reply


def refusal(reply: Reply) -> tuple[int, str] | None:
    if reply.status not in (401, 403):
        return None
    told = (reply.status, reply.code)
    return told if told in REFUSED else None


NONSENSE: dict[str, Any] = {"raw": b"\xff{", "base64_body": True, "headers": {"content-type": "text/plain"}}


def test_every_route_says_who_may_call_it() -> None:
    assert set(ROUTES) - set(MAY_CALL) == set(), "write down in tests/security/matrix.py who may call these"


@pytest.mark.parametrize("sent", [{}, {"body": {}}, NONSENSE], ids=["nothing", "an empty object", "nonsense"])
def test_without_a_token_only_open_routes_answer(anyone: Api, sent: dict[str, Any]) -> None:
    before = contents()
    for key, who, reply in answers(anyone, **sent):
        expected = None if who in (PUBLIC, OPEN) else (401, "unauthenticated")
        assert (key, refusal(reply)) == (key, expected)
        if expected:
            assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert contents() == before


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_let_in_where_it_may_and_refused_before_its_request_is_read(new_user: NewUser, role: str) -> None:
    for sent in ({"body": {}}, NONSENSE):
        for key, who, reply in answers(new_user(role), **sent):
            expected = None if who in (PUBLIC, OPEN) or role in who else (403, "forbidden")
            assert (key, refusal(reply)) == (key, expected)


def expired(user: Api, role: str) -> Api:
    return Api(access_token(user.user_id, role, iat=1_700_000_000, exp=1_700_000_900), user.user_id)


def of_another_key(user: Api, role: str) -> Api:
    head, body, signature = (user.token or "").split(".")
    return Api(f"{head}.{body}.{signature[:-8]}AAAAAAA{signature[-1]}", user.user_id)


def suspended(user: Api, role: str) -> Api:
    from tests.conftest import LONG_VALID

    admin = Api(access_token(ids.user(), "admin", **LONG_VALID))
    changed = admin.patch(f"/api/users/{user.user_id}", {"status": "suspended", "reason": "spam"})
    assert changed.status == 200, changed.text
    revocations.clear_cache()
    return user


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("spoil", [expired, of_another_key, suspended])
def test_a_token_that_is_no_longer_good_is_worse_than_none(
    new_user: NewUser, role: str, spoil: Callable[[Api, str], Api]
) -> None:
    caller = spoil(new_user(role), role)
    before = contents()
    for key, who, reply in answers(caller, body={}):
        expected = None if who == PUBLIC else (401, "unauthenticated")
        assert (key, refusal(reply)) == (key, expected)
    assert contents() == before


def test_an_unknown_path_and_a_wrong_method_are_refused_alike_for_all(anyone: Api, admin: Api) -> None:
    for caller in (anyone, admin):
        assert (caller.get("/api/nothing").status, caller.get("/api/nothing").code) == (404, "not_found")
        assert caller.get("/").status == 404


def test_every_route_with_an_id_says_what_is_not_yours() -> None:
    with_id = {key for key in ROUTES if "{" in key}
    assert with_id - set(NOT_YOURS) == (ONLY_ADMINS_SEE_ALL | WHO_HAS_THE_ID_MAY) & with_id


@pytest.fixture
def theirs(shop: Shop, new_user: NewUser, admin: Api) -> dict[str, str]:
    """Ids of things that belong to others."""
    teacher, owner = new_user("instructor"), new_user("student")
    draft = new_course(teacher)["id"]
    section = new_section(teacher, draft)
    course, _, lesson = published_course(teacher)
    hidden, *_ = published_course(teacher)
    assert admin.patch(f"/api/courses/{hidden}/moderation", {"hidden": True, "reason": "copied"}).status == 200
    order = shop.order(owner, course)["order_id"]
    assert shop.verify(owner, shop.pay(order)).status == 200
    assert owner.put(f"/api/courses/{course}/reviews/my", {"rating": 4}).status == 201
    return {
        "draft": draft,
        "draft_section": section,
        "draft_lesson": new_lesson(teacher, section),
        "course": course,
        "lesson": lesson,
        "hidden": hidden,
        "order": order,
        "owner": owner.user_id,
    }


BODIES: dict[str, Any] = {
    "PUT /api/courses/{course_id}": {"title": "Mine now"},
    "PUT /api/courses/{course_id}/outline": {"sections": []},
    "PUT /api/sections/{id}": {"title": "Mine now"},
    "PUT /api/lessons/{id}": {"title": "Mine now"},
    "PUT /api/courses/{course_id}/reviews/my": {"rating": 1},
    "PUT /api/enrollments/{course_id}/lessons/{lesson_id}": {"completed": True},
}


def told(refused: Reply) -> dict[str, Any]:
    return {name: value for name, value in refused.json.items() if name != "trace_id"}


def test_the_id_of_somebody_else_is_an_id_of_nothing(theirs: dict[str, str], new_user: NewUser) -> None:
    callers = {"anonymous": Api(), "student": new_user("student"), "instructor": new_user("instructor")}
    no_course = ids.course()
    nothings = theirs | {
        "draft": no_course,
        "draft_section": ids.section(no_course),
        "draft_lesson": ids.lesson(no_course),
        "hidden": ids.course(),
        "order": "order_AAAAAAAAAAAAAA",
    }
    before = contents()
    for key, rows in NOT_YOURS.items():
        for who, path, code in rows:
            for sent in ({"body": BODIES[key]} if key in BODIES else {}, NONSENSE):
                reply = callers[who].call(ROUTES[key].method, path.format(**theirs), **sent)
                assert (who, key, reply.status, reply.code) == (who, key, 404, code)
                unknown = callers[who].call(ROUTES[key].method, path.format(**nothings), **sent)
                assert told(unknown) == told(reply)
    assert contents() == before


def test_ids_in_bodies_are_checked_as_those_in_paths(theirs: dict[str, str], new_user: NewUser, shop: Shop) -> None:
    student, instructor = new_user("student"), new_user("instructor")
    checkout = {
        "razorpay_order_id": theirs["order"],
        "razorpay_payment_id": "pay_AAAAAAAAAAAAAA",
        "razorpay_signature": "0" * 64,
    }
    lesson = {"section_id": theirs["draft_section"], "title": "Mine", "kind": "text", "content": "x"}
    picture = {"purpose": "thumbnail", "course_id": theirs["course"]}
    calls: list[tuple[Api, str, Any, str]] = [
        (instructor, "/api/sections", {"course_id": theirs["course"], "title": "Mine"}, "course_not_found"),
        (instructor, "/api/lessons", lesson, "section_not_found"),
        (instructor, "/api/media/signature", picture, "course_not_found"),
        (student, "/api/payments/verify", checkout, "order_not_found"),
        (student, "/api/enrollments", {"course_id": theirs["draft"]}, "course_not_found"),
        (student, "/api/enrollments", {"course_id": theirs["hidden"]}, "course_not_found"),
        (student, "/api/payments/create-order", {"course_id": theirs["draft"]}, "course_not_found"),
        (student, "/api/payments/create-order", {"course_id": theirs["hidden"]}, "course_not_found"),
    ]
    before = contents()
    for caller, path, body, code in calls:
        reply = caller.post(path, body)
        assert (path, reply.status, reply.code) == (path, 404, code)
    assert contents() == before


ODD = [
    "x",
    "crs_",
    "A" * 3_000,
    "%00",
    "%2e%2e",
    "é",
    "🎓",
    "'",
    "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV%0a",
    "{course_id}",
    " ",
]


IDS = ("course_id", "lesson_id", "user_id", "order_id", "review_id", "certificate_id", "id")


@pytest.mark.parametrize("role", ["student", "instructor", "admin"])
def test_an_id_of_any_form_is_an_id_of_nothing(new_user: NewUser, role: str) -> None:
    caller = new_user(role)
    before = contents()
    for key, route in ROUTES.items():
        who = MAY_CALL[key]
        if "{" not in key or (isinstance(who, frozenset) and role not in who):
            continue
        for odd in ODD:
            names = dict.fromkeys(IDS, odd)
            reply = caller.call(route.method, route.path.format(**names), GOOD_BODIES.get(key))
            assert (key, odd[:40], reply.status) == (key, odd[:40], 404), reply.text
    assert contents() == before


GOOD_BODIES: dict[str, Any] = BODIES | {
    "PATCH /api/users/{user_id}": {"status": "suspended", "reason": "spam"},
    "PATCH /api/courses/{course_id}/moderation": {"hidden": True, "reason": "spam"},
    "PATCH /api/courses/{course_id}/reviews/{review_id}/moderation": {"hidden": True, "reason": "spam"},
    "POST /api/payments/{order_id}/refund": {"reason": "asked for"},
    "POST /api/payments/{order_id}/manual-refunds": {"amount": 1, "reference": "UTR1", "reason": "asked for"},
    "PATCH /api/certificates/{certificate_id}/revocation": {"revoked": True, "reason": "spam"},
}
