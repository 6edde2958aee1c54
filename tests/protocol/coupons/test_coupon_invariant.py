"""I19: claims and redemptions that no order and no activation explains are found, by learner and in the whole table."""

from typing import Any

import pytest

from functions.payments.invariants import check, confirmation
from functions.payments.invariants.check import check_invariants
from shared.db.entities import CouponUse
from shared.db.table import keys, store
from shared.domain.coupons import CouponState
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_item, tamper
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.coupons.coupon_actions import CODE, buy, put_coupon, stored_coupon
from tests.protocol.invariants.actions import run_pass


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)


def breaches() -> list[str]:
    return [str(breach) for breach in check_invariants().breaches]


def use_of(learner: Api) -> CouponUse:
    use = store.get(CouponUse, keys.coupon_use(CODE, learner.user_id))
    assert use
    return use


def test_claims_redemptions_and_free_activations_break_no_invariant(
    shop: Storefront, student: Api, admin: Api, new_user: Any
) -> None:
    put_coupon(admin, limit=4)
    put_coupon(admin, code="GIFT", value=100)
    late = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=31)
    shop.sweep()
    shop.pay(late)
    shop.deliver()
    buy(shop, new_user("student"), coupon=CODE)
    shop.create_order(new_user("student"), coupon=CODE)
    shop.request_order(new_user("student"), coupon="GIFT")
    report = check_invariants()
    assert report.breaches == []
    assert report.item_counts["coupon"] == 2


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("released", "its claim is given back, but the payment is pending"),
        ("redeemed", "its claim is redeemed, but the payment was never captured and kept"),
    ],
)
def test_open_order_with_another_claim_is_found_by_learner(
    shop: Storefront, student: Api, admin: Api, state: str, text: str
) -> None:
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    tamper(shop.payment(order_id), coupon_state=CouponState(state))
    report = check.check_order(order_id)
    assert f"I19 {order_id}: {text}" in map(str, report.breaches)


def test_sold_order_with_another_claim_is_found(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    order_id = buy(shop, student, coupon=CODE)
    tamper(shop.payment(order_id), coupon_state=CouponState.RELEASED)
    assert f"I19 {order_id}: its claim is released, but the payment was captured and kept" in breaches()


def test_discount_that_does_not_explain_the_amount_is_found(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    tamper(shop.payment(order_id), discount=1)
    assert f"I19 {order_id}: 1 off {PRICE} is not the amount 37425" in breaches()


def test_coupon_that_takes_more_than_the_discount_is_found(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    tamper(shop.payment(order_id), coupon_discount=12_476)
    assert f"I19 {order_id}: its coupon takes 12476 of a discount of 12475" in breaches()


def test_use_that_no_order_has_is_found_by_the_command_and_the_total_by_the_pass(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin)
    shop.create_order(student, coupon=CODE)
    tamper(use_of(student), uses=2)
    total = f"I19 {CODE}: -1 uses are taken from its limit that no order and no activation has"
    assert breaches() == [
        total,
        f"I19 {CODE} {student.user_id}: 2 uses are counted, 0 of them free, but there are (1, 0)",
    ]
    assert [str(each) for each in run_pass().result["breaches"]] == [total]


def test_lost_use_and_lost_remaining_are_found(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    shop.create_order(student, coupon=CODE)
    tamper(stored_coupon(), remaining=-1)
    delete_item(keys.coupon_use(CODE, student.user_id))
    assert breaches() == [
        f"I19 {CODE}: 1 more uses are taken than its limit of 2",
        f"I19 {CODE}: +3 uses are taken from its limit that no order and no activation has",
    ]


def test_coupon_without_limit_more_late_orders_than_uses_is_found(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin, limit=None)
    tamper(stored_coupon(), redeemed_late=1)
    assert breaches() == [f"I19 {CODE}: -1 uses in time"]
