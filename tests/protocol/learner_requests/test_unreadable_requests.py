"""A learner's request that cannot be read stops neither the money of its payment nor the list of the others."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.db.payments import payments
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.coupons.coupon_actions import buy
from tests.protocol.learner_requests.request_actions import ask, breaches, listing_of
from tests.protocol.refund_actions import process_refunds
from tests.protocol.stored_state import ledger_totals


@pytest.mark.parametrize("stored", [{"state": "escalated"}, {"state": "open"}, {"state": "open", "number": "spoilt"}])
def test_unreadable_request_stops_no_refund_and_is_named_and_counted(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    stored: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    ask(student, paid_order_id)
    tamper(shop.payment(paid_order_id), learner_request=stored)
    [breach] = [each for each in breaches() if "cannot be read" in each]
    assert breach.startswith(f"I20 {paid_order_id}: its request cannot be read: ")
    shop.control("POST", f"payments/{shop.payment(paid_order_id).payment_id}/refund", {"amount": PRICE})
    capsys.readouterr()
    caplog.clear()
    process_refunds(shop)
    payment = shop.payment(paid_order_id)
    assert (payment.status, payment.learner_request.as_dict()) == ("refunded", stored)
    assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)
    assert emitted_metrics(capsys)["store", "items_unreadable"] == 2
    assert {getattr(each, "code", None) for each in caplog.records if each.levelname == "ERROR"} == {"item_unreadable"}
    reply = student.get(f"/api/payments/{paid_order_id}")
    assert (reply.status, reply.code) == (409, "refund_unreadable")
    assert student.get("/api/payments/my").json["unreadable"] == [paid_order_id]


def spoil_time(order_id: str) -> None:
    spoil(listing_of(order_id), "requested_at")


def spoil_state(order_id: str) -> None:
    spoil(listing_of(order_id), "state")


def spoil_payment(order_id: str) -> None:
    payment = payments.get(order_id)
    assert payment
    tamper(payment, learner_request={"state": "escalated"})


@pytest.mark.parametrize(
    "corrupt", [spoil_time, spoil_state, spoil_payment], ids=lambda value: getattr(value, "__name__", "")
)
def test_list_of_requests_names_the_unreadable_one_and_shows_the_others(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, new_user: Callable[..., Api], corrupt: Any
) -> None:
    ask(student, paid_order_id)
    learner = new_user("student")
    readable = buy(shop, learner)
    ask(learner, readable)
    corrupt(paid_order_id)
    reply = admin.get("/api/payments/refund-requests")
    assert (reply.status, reply.json["unreadable"]) == (200, [paid_order_id])
    assert [each["order_id"] for each in reply.json["items"]] == [readable]
