"""A coupon, or a use, that cannot be read: it is named, and hides and stops nothing else."""

import pytest

from functions.payments.invariants import confirmation
from functions.payments.invariants.check import check_invariants
from shared.db.entities import CouponUse
from shared.db.payments import payments
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.coupons.coupon_actions import CODE, buy, put_coupon, stored_coupon
from tests.protocol.invariants.actions import run_pass


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)


def use_of(learner: Api) -> CouponUse:
    use = store.get(CouponUse, keys.coupon_use(CODE, learner.user_id))
    assert use
    return use


ERROR = "AttributeDeserializationError: Cannot deserialize 'uses' attribute from type: N"


@pytest.mark.parametrize("attribute", ["remaining", "redeemed_late", "discount_kind"])
def test_check_and_pass_report_an_unreadable_coupon_and_go_on(
    shop: Storefront, student: Api, admin: Api, attribute: str
) -> None:
    put_coupon(admin)
    put_coupon(admin, code="OTHER")
    buy(shop, student, coupon=CODE)
    spoil(stored_coupon(), attribute)
    spoil(stored_coupon("OTHER"), "remaining")
    found = {(breach.invariant, breach.subject) for breach in check_invariants().breaches}
    assert {("I17", CODE), ("I17", "OTHER")} <= found
    assert {name for name, _ in found} == {"I17"}
    state = run_pass()
    assert state.completed_at
    assert {(name, subject) for name, subject, _ in state.result["breaches"]} >= {("I17", CODE), ("I17", "OTHER")}


def test_check_and_pass_report_an_unreadable_use_and_go_on(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    buy(shop, student, coupon=CODE)
    use = use_of(student)
    spoil(use, "uses")
    breach = f"I17 {use.pk} {use.sk}: cannot be read: {ERROR}"
    assert [str(each) for each in check_invariants().breaches] == [breach]
    state = run_pass()
    assert state.completed_at
    assert [" ".join(each[:2]) for each in state.result["breaches"]] == [f"I17 {use.pk} {use.sk}"]


def test_list_names_an_unreadable_coupon_and_shows_the_others(shop: Storefront, admin: Api) -> None:
    put_coupon(admin)
    put_coupon(admin, code="OTHER")
    spoil(stored_coupon("OTHER"), "value")
    reply = admin.get("/api/coupons")
    assert (reply.status, reply.json["unreadable"]) == (200, ["OTHER"])
    assert [each["code"] for each in reply.json["items"]] == [CODE]


def test_unreadable_coupon_is_refused_with_a_code_and_changes_nothing(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin)
    spoil(stored_coupon(), "value")
    replies = [
        admin.get(f"/api/coupons/{CODE}"),
        admin.patch(f"/api/coupons/{CODE}", {"active": False}),
        shop.request_order(student, coupon=CODE),
    ]
    assert [(reply.status, reply.code) for reply in replies] == [(409, "coupon_unreadable")] * 3
    assert shop.gateway_order_ids() == []
    assert payments.list_by_user(student.user_id, 10, None).items == []
    assert shop.create_order(student)["amount"] == PRICE


@pytest.mark.parametrize("attribute", ["uses", "free"])
def test_unreadable_use_is_refused_with_a_code_and_the_course_is_sold_without_the_coupon(
    shop: Storefront, student: Api, admin: Api, attribute: str
) -> None:
    put_coupon(admin, per_learner=2)
    shop.create_order(student, coupon=CODE)
    spoil(use_of(student), attribute)
    shop.clock.advance(minutes=31)
    assert shop.request_order(student, coupon=CODE).code == "coupon_unreadable"
    assert shop.create_order(student)["amount"] == PRICE
