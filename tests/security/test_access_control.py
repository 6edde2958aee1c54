"""Access control: every role on every route, and ids of resources that belong to other users."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from functions import manifest
from shared import ids
from shared.db.auth import revocations
from shared.http.route import Route
from tests.fixtures.api import Api, Reply
from tests.fixtures.course_authoring import new_course, new_lesson, new_section, published_course
from tests.fixtures.jwt_keys import access_token
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.security.access_matrix import (
    ALLOWED_CALLERS,
    FOREIGN_IDS,
    OPEN,
    PUBLIC,
    ROLE_CHECK_ONLY,
    UNGUESSABLE_ID_ROUTES,
    Callers,
)

ROUTES: dict[str, Route] = {route.key: route for name in manifest.HTTP for route in import_module(name).app.routes}
ROLES = ("student", "instructor", "admin")
AUTH_ERRORS = {(401, "unauthenticated"), (403, "forbidden")}
NewUser = Callable[..., Api]


def path_with_unknown_ids(route: Route) -> str:
    """The path of the route with well-formed ids that do not exist."""
    course_id = ids.course()
    return route.path.format(
        course_id=course_id,
        lesson_id=ids.lesson(course_id),
        user_id=ids.user(),
        order_id="order_AAAAAAAAAAAAAA",
        review_id=ids.review(),
        certificate_id=ids.certificate(),
        code="UNKNOWN-CODE",
        settlement_id="setl_AAAAAAAAAAAAAA",
        note_id="3",
        id=ids.section(course_id),
    )


def call_every_route(caller: Api, **sent: Any) -> Iterator[tuple[str, Callers, Reply]]:
    for key, route in ROUTES.items():
        reply = caller.call(route.method, path_with_unknown_ids(route), **sent)
        assert reply.status < 500, (key, reply.text)
        yield key, ALLOWED_CALLERS[key], reply


def auth_error(reply: Reply) -> tuple[int, str] | None:
    if reply.status not in (401, 403):
        return None
    error = (reply.status, reply.code)
    return error if error in AUTH_ERRORS else None


INVALID_REQUEST: dict[str, Any] = {"raw": b"\xff{", "base64_body": True, "headers": {"content-type": "text/plain"}}


def test_access_matrix_lists_every_route() -> None:
    assert set(ROUTES) - set(ALLOWED_CALLERS) == set(), "add these routes to tests/security/access_matrix.py"


@pytest.mark.parametrize(
    "sent", [{}, {"body": {}}, INVALID_REQUEST], ids=["no body", "empty object", "invalid request"]
)
def test_routes_without_token_return_401_unless_public_or_open(anonymous: Api, sent: dict[str, Any]) -> None:
    before = snapshot()
    for key, allowed, reply in call_every_route(anonymous, **sent):
        expected = None if allowed in (PUBLIC, OPEN) else (401, "unauthenticated")
        assert (key, auth_error(reply)) == (key, expected)
        if expected:
            assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert snapshot() == before


@pytest.mark.usefixtures("shop")  # the gateway answers that it does not know the order
@pytest.mark.parametrize("role", ROLES)
def test_routes_reject_other_roles_with_403_before_reading_the_request(new_user: NewUser, role: str) -> None:
    requests: tuple[dict[str, Any], ...] = ({"body": {}}, INVALID_REQUEST)
    for sent in requests:
        for key, allowed, reply in call_every_route(new_user(role), **sent):
            expected = None if allowed in (PUBLIC, OPEN) or role in allowed else (403, "forbidden")
            assert (key, auth_error(reply)) == (key, expected)


def with_expired_token(user: Api, role: str) -> Api:
    return Api(access_token(user.user_id, role, iat=1_700_000_000, exp=1_700_000_900), user.user_id)


def with_forged_signature(user: Api, role: str) -> Api:
    head, body, signature = (user.token or "").split(".")
    return Api(f"{head}.{body}.{signature[:-8]}AAAAAAA{signature[-1]}", user.user_id)


def after_suspension(user: Api, role: str) -> Api:
    from tests.conftest import LONG_LIVED_CLAIMS

    admin = Api(access_token(ids.user(), "admin", **LONG_LIVED_CLAIMS))
    changed = admin.patch(f"/api/users/{user.user_id}", {"status": "suspended", "reason": "spam"})
    assert changed.status == 200, changed.text
    revocations.clear_cache()
    return user


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("invalidate", [with_expired_token, with_forged_signature, after_suspension])
def test_routes_with_expired_forged_or_suspended_token_return_401_unless_public(
    new_user: NewUser, role: str, invalidate: Callable[[Api, str], Api]
) -> None:
    caller = invalidate(new_user(role), role)
    before = snapshot()
    for key, allowed, reply in call_every_route(caller, body={}):
        expected = None if allowed == PUBLIC else (401, "unauthenticated")
        assert (key, auth_error(reply)) == (key, expected)
    assert snapshot() == before


def test_unknown_path_returns_404_to_every_caller(anonymous: Api, admin: Api) -> None:
    for caller in (anonymous, admin):
        assert (caller.get("/api/nothing").status, caller.get("/api/nothing").code) == (404, "not_found")
        assert caller.get("/").status == 404


def test_foreign_id_table_lists_every_route_with_a_path_id() -> None:
    with_id = {key for key in ROUTES if "{" in key}
    assert with_id - set(FOREIGN_IDS) == (ROLE_CHECK_ONLY | UNGUESSABLE_ID_ROUTES) & with_id


@pytest.fixture
def foreign_ids(shop: Storefront, new_user: NewUser, admin: Api) -> dict[str, str]:
    """Ids of resources that belong to other users."""
    instructor, owner = new_user("instructor"), new_user("student")
    draft = new_course(instructor)["id"]
    section = new_section(instructor, draft)
    course, _, lesson = published_course(instructor)
    hidden, *_ = published_course(instructor)
    assert admin.patch(f"/api/courses/{hidden}/moderation", {"hidden": True, "reason": "copied"}).status == 200
    order = shop.create_order(owner, course)["order_id"]
    assert shop.verify(owner, shop.pay(order)).status == 200
    assert owner.put(f"/api/courses/{course}/reviews/my", {"rating": 4}).status == 201
    return {
        "draft": draft,
        "draft_section": section,
        "draft_lesson": new_lesson(instructor, section),
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
    "POST /api/payments/{order_id}/refund-request": {"reason": "it is not for me"},
}


def without_trace_id(reply: Reply) -> dict[str, Any]:
    return {name: value for name, value in reply.json.items() if name != "trace_id"}


def test_foreign_path_ids_return_the_same_404_as_unknown_ids(foreign_ids: dict[str, str], new_user: NewUser) -> None:
    callers = {"anonymous": Api(), "student": new_user("student"), "instructor": new_user("instructor")}
    unknown_course = ids.course()
    unknown_ids = foreign_ids | {
        "draft": unknown_course,
        "draft_section": ids.section(unknown_course),
        "draft_lesson": ids.lesson(unknown_course),
        "hidden": ids.course(),
        "order": "order_AAAAAAAAAAAAAA",
    }
    before = snapshot()
    for key, rows in FOREIGN_IDS.items():
        for caller, path, code in rows:
            for sent in ({"body": BODIES[key]} if key in BODIES else {}, INVALID_REQUEST):
                reply = callers[caller].call(ROUTES[key].method, path.format(**foreign_ids), **sent)
                assert (caller, key, reply.status, reply.code) == (caller, key, 404, code)
                unknown = callers[caller].call(ROUTES[key].method, path.format(**unknown_ids), **sent)
                assert without_trace_id(unknown) == without_trace_id(reply)
    assert snapshot() == before


def test_foreign_body_ids_return_404_and_change_nothing(
    foreign_ids: dict[str, str], new_user: NewUser, shop: Storefront
) -> None:
    student, instructor = new_user("student"), new_user("instructor")
    checkout = {
        "razorpay_order_id": foreign_ids["order"],
        "razorpay_payment_id": "pay_AAAAAAAAAAAAAA",
        "razorpay_signature": "0" * 64,
    }
    lesson = {"section_id": foreign_ids["draft_section"], "title": "Mine", "kind": "text", "content": "x"}
    picture = {"purpose": "thumbnail", "course_id": foreign_ids["course"]}
    calls: list[tuple[Api, str, Any, str]] = [
        (instructor, "/api/sections", {"course_id": foreign_ids["course"], "title": "Mine"}, "course_not_found"),
        (instructor, "/api/lessons", lesson, "section_not_found"),
        (instructor, "/api/media/signature", picture, "course_not_found"),
        (student, "/api/payments/verify", checkout, "order_not_found"),
        (student, "/api/enrollments", {"course_id": foreign_ids["draft"]}, "course_not_found"),
        (student, "/api/enrollments", {"course_id": foreign_ids["hidden"]}, "course_not_found"),
        (student, "/api/payments/create-order", {"course_id": foreign_ids["draft"]}, "course_not_found"),
        (student, "/api/payments/create-order", {"course_id": foreign_ids["hidden"]}, "course_not_found"),
    ]
    before = snapshot()
    for caller, path, body, code in calls:
        reply = caller.post(path, body)
        assert (path, reply.status, reply.code) == (path, 404, code)
    assert snapshot() == before


MALFORMED_IDS = [
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


PATH_PARAMETERS = (
    "course_id",
    "lesson_id",
    "user_id",
    "order_id",
    "review_id",
    "certificate_id",
    "code",
    "settlement_id",
    "note_id",
    "id",
)


@pytest.mark.parametrize("role", ["student", "instructor", "admin"])
def test_malformed_path_ids_return_404_and_change_nothing(new_user: NewUser, role: str) -> None:
    caller = new_user(role)
    before = snapshot()
    for key, route in ROUTES.items():
        allowed = ALLOWED_CALLERS[key]
        if "{" not in key or (isinstance(allowed, frozenset) and role not in allowed):
            continue
        for malformed in MALFORMED_IDS:
            names = dict.fromkeys(PATH_PARAMETERS, malformed)
            reply = caller.call(route.method, route.path.format(**names), VALID_BODIES.get(key))
            assert (key, malformed[:40], reply.status) == (key, malformed[:40], 404), reply.text
    assert snapshot() == before


VALID_BODIES: dict[str, Any] = BODIES | {
    "PATCH /api/users/{user_id}": {"status": "suspended", "reason": "spam"},
    "PATCH /api/coupons/{code}": {"active": False},
    "PATCH /api/courses/{course_id}/moderation": {"hidden": True, "reason": "spam"},
    "PATCH /api/courses/{course_id}/reviews/{review_id}/moderation": {"hidden": True, "reason": "spam"},
    "POST /api/payments/{order_id}/refund": {"reason": "requested by the learner"},
    "POST /api/payments/{order_id}/manual-refunds": {
        "amount": 1,
        "reference": "UTR1",
        "reason": "requested by the learner",
    },
    "POST /api/payments/{order_id}/refund-request/decision": {"number": 1, "decision": "approve", "note": "as agreed"},
    "POST /api/payments/{order_id}/accept": {"payment_id": "pay_AAAAAAAAAAAAAA", "reason": "our offer"},
    "PATCH /api/certificates/{certificate_id}/revocation": {"revoked": True, "reason": "spam"},
}
