"""Admins create, list, edit and deactivate coupons."""

from typing import Any

import pytest

from shared.db.entities import AuditEntry, Coupon
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront

COURSE = "crs_01JAAAAAAAAAAAAAAAAAAAAAAA"
DIWALI = {"code": "diwali-25", "discount_kind": "percent", "value": 25, "limit": 10}


def created(admin: Api, **changes: Any) -> dict[str, Any]:
    reply = admin.post("/api/coupons", DIWALI | changes)
    assert reply.status == 201, reply.text
    document: dict[str, Any] = reply.json
    return document


def test_create_coupon_normalizes_the_code_and_answers_with_its_terms(shop: Storefront, admin: Api) -> None:
    course_id = shop.course.course_id
    reply = admin.post("/api/coupons", DIWALI | {"courses": [course_id], "valid_until": "2026-12-01T00:00:00+05:30"})
    assert (reply.status, reply.headers["Location"]) == (201, "/api/coupons/DIWALI-25")
    assert reply.json == {
        "code": "DIWALI-25",
        "discount_kind": "percent",
        "value": 25,
        "currency": "INR",
        "courses": [course_id],
        "minimum": None,
        "valid_from": None,
        "valid_until": "2026-11-30T18:30:00.000Z",
        "limit": 10,
        "remaining": 10,
        "used": 0,
        "per_learner": 1,
        "first_purchase": False,
        "active": True,
        "redeemed": 0,
        "redeemed_late": 0,
        "free_activations": 0,
        "discount_given": 0,
        "revenue": 0,
        "refunded": 0,
        "created_by": admin.user_id,
        "version": 1,
        "created_at": "2026-11-23T12:00:00.000Z",
        "updated_at": "2026-11-23T12:00:00.000Z",
    }
    assert admin.get("/api/coupons/diwali-25").json == reply.json


def test_create_coupon_taken_code_is_rejected(shop: Storefront, admin: Api) -> None:
    created(admin)
    reply = admin.post("/api/coupons", DIWALI | {"code": "DIWALI-25", "value": 99})
    assert (reply.status, reply.code) == (409, "coupon_code_taken")
    assert admin.get("/api/coupons/DIWALI-25").json["value"] == 25


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "AB"},
        {"code": "A B C"},
        {"code": "---"},
        {"code": "-AB"},
        {"code": "A" * 33},
        {"value": 0},
        {"value": 101},
        {"discount_kind": "gift"},
        {"currency": "USD"},
        {"courses": []},
        {"courses": [COURSE] * 101},
        {"courses": ["crs_1"]},
        {"courses": [COURSE, COURSE]},
        {"limit": 0},
        {"per_learner": 0},
        {"per_learner": 101},
        {"minimum": 0},
        {"valid_from": "2026-12-01T00:00:00"},
        {"valid_from": "2026-12-01T00:00:00Z", "valid_until": "2026-12-01T00:00:00Z"},
    ],
)
def test_create_coupon_invalid_terms_are_rejected(shop: Storefront, admin: Api, changes: dict[str, Any]) -> None:
    reply = admin.post("/api/coupons", DIWALI | changes)
    assert (reply.status, reply.code) == (422, "invalid")
    assert store.query("COUPONS", index=keys.GSI1).items == []


def test_create_coupon_for_a_course_that_does_not_exist_is_422_and_not_stored(shop: Storefront, admin: Api) -> None:
    reply = admin.post("/api/coupons", DIWALI | {"courses": [shop.course.course_id, COURSE]})
    assert (reply.status, reply.code, reply.json["detail"]) == (422, "coupon_course_unknown", COURSE)
    assert store.query("COUPONS", index=keys.GSI1).items == []


def test_edit_coupon_to_a_course_that_does_not_exist_is_422_and_changes_nothing(shop: Storefront, admin: Api) -> None:
    created(admin, courses=[shop.course.course_id])
    reply = admin.patch("/api/coupons/DIWALI-25", {"courses": [shop.course.course_id, COURSE]})
    assert (reply.status, reply.code) == (422, "coupon_course_unknown")
    stored = admin.get("/api/coupons/DIWALI-25").json
    assert (stored["courses"], stored["version"]) == ([shop.course.course_id], 1)


def test_edit_coupon_keeps_a_course_that_was_deleted_since(shop: Storefront, admin: Api) -> None:
    course_id = shop.course.course_id
    created(admin, courses=[course_id])
    store.delete_many([keys.course(course_id)])
    reply = admin.patch("/api/coupons/DIWALI-25", {"courses": [course_id], "limit": 11})
    assert (reply.status, reply.json["courses"], reply.json["limit"]) == (200, [course_id], 11)


def test_list_coupons_newest_first_by_page(shop: Storefront, admin: Api) -> None:
    for code in ("ONE", "TWO", "THREE"):
        created(admin, code=code)
        shop.clock.advance(minutes=1)
    first = admin.get("/api/coupons?limit=2").json
    rest = admin.get(f"/api/coupons?limit=2&cursor={first['next_cursor']}").json
    assert [each["code"] for each in first["items"] + rest["items"]] == ["THREE", "TWO", "ONE"]
    assert rest["next_cursor"] is None


def test_edit_coupon_limit_moves_what_remains_and_is_audited(shop: Storefront, admin: Api) -> None:
    created(admin)
    take_uses(3)
    assert admin.get("/api/coupons/DIWALI-25").json["used"] == 3
    raised = admin.patch("/api/coupons/DIWALI-25", {"limit": 20, "per_learner": 2, "active": False}).json
    assert (raised["limit"], raised["remaining"], raised["used"], raised["version"]) == (20, 17, 3, 2)
    assert (raised["per_learner"], raised["active"]) == (2, False)
    lowered = admin.patch("/api/coupons/DIWALI-25", {"limit": 3}).json
    assert (lowered["limit"], lowered["remaining"], lowered["used"]) == (3, 0, 3)
    entries = [each for each in store.query_all("AUDIT#2026-11") if isinstance(each, AuditEntry)]
    assert [(each.action, each.subject, each.admin_id) for each in entries] == [
        ("coupon_created", "DIWALI-25", admin.user_id),
        ("coupon_edited", "DIWALI-25", admin.user_id),
        ("coupon_edited", "DIWALI-25", admin.user_id),
    ]
    assert entries[0].after["limit"] == 10
    assert (entries[1].before, entries[1].after) == (
        {"active": True, "limit": 10, "per_learner": 1},
        {"active": False, "limit": 20, "per_learner": 2},
    )


def test_edit_coupon_limit_below_use_changes_nothing(shop: Storefront, admin: Api) -> None:
    created(admin)
    take_uses(3)
    reply = admin.patch("/api/coupons/DIWALI-25", {"limit": 2, "value": 50})
    assert (reply.status, reply.code) == (409, "coupon_limit_below_use")
    stored = admin.get("/api/coupons/DIWALI-25").json
    assert (stored["limit"], stored["remaining"], stored["value"], stored["version"]) == (10, 7, 25, 1)


def test_edit_coupon_null_removes_a_bound(shop: Storefront, admin: Api) -> None:
    created(admin, minimum=1000, courses=[shop.course.course_id])
    stored = admin.patch("/api/coupons/DIWALI-25", {"minimum": None, "courses": None}).json
    assert (stored["minimum"], stored["courses"]) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"code": "OTHER"},
        {"active": None},
        {"limit": None},
        {"value": 101},
        {"valid_until": "2026-11-01T00:00:00Z"},
    ],
)
def test_edit_coupon_invalid_change_is_rejected(shop: Storefront, admin: Api, changes: dict[str, Any]) -> None:
    created(admin, valid_from="2026-11-02T00:00:00Z")
    reply = admin.patch("/api/coupons/DIWALI-25", changes)
    assert (reply.status, reply.code) == (422, "invalid")
    assert admin.get("/api/coupons/DIWALI-25").json["version"] == 1


def test_edit_coupon_without_limit_gets_none(shop: Storefront, admin: Api) -> None:
    body = {name: value for name, value in DIWALI.items() if name != "limit"}
    assert admin.post("/api/coupons", body).json["used"] is None
    reply = admin.patch("/api/coupons/DIWALI-25", {"limit": 5})
    assert (reply.status, reply.code) == (422, "invalid")


@pytest.mark.parametrize("code", ["UNKNOWN", "a", "not a code"])
def test_get_coupon_unknown_code_is_not_found(shop: Storefront, admin: Api, code: str) -> None:
    reply = admin.get(f"/api/coupons/{code}")
    assert (reply.status, reply.code) == (404, "coupon_not_found")


def test_coupon_routes_reject_others_than_admins(shop: Storefront, student: Api, instructor: Api) -> None:
    for caller in (student, instructor):
        assert caller.post("/api/coupons", DIWALI).status == 403
        assert caller.get("/api/coupons").status == 403


def take_uses(number: int) -> None:
    """As claims of other learners do it: they do not change the version."""
    store.update(Coupon, keys.coupon("DIWALI-25"), [Coupon.remaining.add(-number)], None)
