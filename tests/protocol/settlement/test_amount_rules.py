"""Payments of another amount than the order's that a rule explains: they open the course, and everything shows what was
paid."""

from typing import Any

import pytest

from functions.payments import presenters
from shared import config
from shared.domain.captures import AmountRule
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, put_published_course, refund
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at, payment_history

FEE = 1_177
"""Razorpay's fee on PRICE: 2 %, and 18 % tax on that."""
PAID_WITH_OFFER = 44_900
OFFER: dict[str, Any] = {"offer_id": "offer_ANZoaxsOww2X53", "discount": PRICE - PAID_WITH_OFFER}
"""Less than 11 % of PRICE, more than 10 %."""


def set_policy(monkeypatch: pytest.MonkeyPatch, *, fee_on_top: str = "yes", offers_up_to: int = 0) -> None:
    monkeypatch.setenv("LMS_ACCEPT_FEE_ON_TOP", fee_on_top)
    monkeypatch.setenv("LMS_ACCEPT_OFFERS_UP_TO_PERCENT", str(offers_up_to))
    config.clear_cache()


def test_capture_with_the_fee_on_top_opens_the_course(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, customer_bears_fee=True)
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).amount_rule is AmountRule.FEE_ON_TOP
    assert (ledger_totals(shop, order_id), breaches()) == ((PRICE + FEE, 0), [])
    shown = student.get(f"/api/payments/{order_id}").json["payment"]
    assert (shown["amount"], shown["captured_amount"], shown["on_hold"]) == (PRICE, PRICE + FEE, [])
    assert shown["amount_rule"] == "fee_on_top"
    assert presenters.admin_payment(shop.payment(order_id)).amount_rule is AmountRule.FEE_ON_TOP


def test_receipt_of_a_capture_with_the_fee_on_top_shows_what_was_paid(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, customer_bears_fee=True)
    shop.deliver()
    shop.sweep()
    receipt = student.get(f"/api/payments/{order_id}/receipt").json
    assert (receipt["amount"], receipt["net_amount"]) == (PRICE + FEE, PRICE + FEE)
    assert "₹ 510.77" in student.get(f"/api/payments/{order_id}/receipt.html").text


def test_full_refund_of_a_capture_with_the_fee_on_top_returns_what_was_paid(
    shop: Storefront, student: Api, admin: Api
) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, customer_bears_fee=True)
    shop.deliver()
    assert refund(admin, order_id).status == 200
    shop.clock.advance(minutes=15)
    shop.gateway.tick()
    shop.sweep()
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert (ledger_totals(shop, order_id), breaches()) == ((PRICE + FEE, PRICE + FEE), [])


def test_authorization_with_the_fee_on_top_waits_for_the_gateway_to_capture(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    """Its fee is unknown until Razorpay captures it, so the sweep does not capture it."""
    order_id = shop.create_order(student)["order_id"]
    payment_id = shop.pay(order_id, "authorized", customer_bears_fee=True)["razorpay_payment_id"]
    shop.deliver()
    assert (shop.states(student, order_id), shop.payment(order_id).reason) == (("pending", "pending"), None)
    noted = ("Authorized", "webhook", {"unresolved": {payment_id: "2026-11-23T12:00:00.000Z"}})
    assert (payment_history(order_id), next_poll_at(shop.payment(order_id))) == ([noted], "23 12:05")
    shop.clock.advance(minutes=5)
    shop.sweep()
    assert shop.states(student, order_id) == ("pending", "pending")
    assert [call for call in gateway_calls if "/capture" in call] == []
    shop.control("POST", f"payments/{payment_id}/capture")
    shop.clock.advance(minutes=10)
    shop.sweep()
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).amount_rule is AmountRule.FEE_ON_TOP


def test_authorization_with_the_fee_on_top_expires_with_its_window_and_its_capture_opens_the_course(
    shop: Storefront, student: Api
) -> None:
    order_id = shop.create_order(student)["order_id"]
    payment_id = shop.pay(order_id, "authorized", customer_bears_fee=True)["razorpay_payment_id"]
    shop.clock.advance(minutes=30)
    shop.sweep()
    assert (shop.states(student, order_id), shop.payment(order_id).reason) == (("failed", "cancelled"), "expired")
    shop.control("POST", f"payments/{payment_id}/capture")
    shop.deliver("payment.captured")
    assert (shop.states(student, order_id), breaches()) == (("captured", "active"), [])


def test_checkout_with_the_fee_on_top_keeps_access_while_the_fee_is_unknown(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id, "authorized", customer_bears_fee=True)
    assert shop.verify(student, checkout).status == 200
    shop.deliver()
    shop.clock.advance(minutes=15)
    shop.sweep()
    assert (shop.states(student, order_id), shop.payment(order_id).reason) == (("authorized", "active"), None)
    shop.control("POST", f"payments/{checkout['razorpay_payment_id']}/capture")
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")


def test_capture_with_the_fee_on_top_is_on_hold_when_the_setting_says_no(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(monkeypatch, fee_on_top="no")
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, customer_bears_fee=True)
    shop.deliver()
    assert (shop.states(student, order_id), shop.payment(order_id).reason) == (("failed", "cancelled"), "mismatch")


@pytest.mark.parametrize("difference", [FEE - 1, FEE + 1, -FEE])
def test_capture_that_the_fee_does_not_explain_is_on_hold(shop: Storefront, student: Api, difference: int) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, amount=PRICE + difference)
    shop.deliver()
    assert (shop.states(student, order_id), shop.payment(order_id).reason) == (("failed", "cancelled"), "mismatch")
    assert (ledger_totals(shop, order_id), breaches()) == ((PRICE + difference, 0), [])


def test_capture_of_102360_on_an_order_of_100000_opens_the_course(shop: Storefront, student: Api) -> None:
    course = put_published_course(shop.course.instructor_id, amount=100_000)
    order_id = shop.create_order(student, course.course_id)["order_id"]
    shop.pay(order_id, customer_bears_fee=True)
    shop.deliver()
    assert (shop.payment(order_id).status, shop.payment(order_id).captured_amount) == ("captured", 102_360)
    assert shop.enrollment(student, course.course_id).status == "active"


def test_capture_of_449_with_an_offer_within_the_limit_opens_the_course(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(monkeypatch, offers_up_to=11)
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, **OFFER)
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).amount_rule is AmountRule.OFFER
    assert (ledger_totals(shop, order_id), breaches()) == ((PAID_WITH_OFFER, 0), [])
    shop.sweep()
    assert student.get(f"/api/payments/{order_id}/receipt").json["amount"] == PAID_WITH_OFFER


@pytest.mark.parametrize("percent", [0, 10])
def test_capture_of_449_with_an_offer_above_the_limit_is_on_hold(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, percent: int
) -> None:
    set_policy(monkeypatch, offers_up_to=percent)
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, **OFFER)
    shop.deliver()
    assert (shop.states(student, order_id), shop.payment(order_id).reason) == (("failed", "cancelled"), "mismatch")


def test_authorization_of_449_with_an_offer_is_captured_by_the_sweep(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(monkeypatch, offers_up_to=11)
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, "authorized", **OFFER)
    shop.deliver()
    assert shop.states(student, order_id) == ("pending", "pending")
    shop.clock.advance(minutes=5)
    assert shop.sweep() == {"granted": 1}
    assert (shop.states(student, order_id), shop.payment(order_id).amount_rule) == (("captured", "active"), "offer")


def test_authorization_of_449_with_an_offer_stays_open_while_its_capture_is_not_answered(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(monkeypatch, offers_up_to=11)
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, "authorized", **OFFER)
    shop.clock.advance(minutes=30)
    shop.control("POST", "faults", {"kind": "500", "path": ".*/capture", "method": "POST", "times": 1})
    assert shop.sweep() == {"deferred": 1}
    assert shop.states(student, order_id) == ("pending", "pending")
    shop.clock.advance(minutes=15)
    assert shop.sweep() == {"granted": 1}
    assert shop.states(student, order_id) == ("captured", "active")
