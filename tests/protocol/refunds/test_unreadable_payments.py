"""A stored payment that cannot be read: a request for it gets 409, and a list names it and shows the others."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from shared.db.read_models import payment_register
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import Storefront, refund
from tests.protocol.refunds.test_unreadable_refunds import list_unreadable_refund
from tests.protocol.sweep_actions import create_orders

PARTS = pytest.mark.parametrize(
    "stored",
    [
        {"refunds": {"rfnd_AAAAAAAAAAAAAA": {"amount": 100, "status": "evaporated"}}},
        {"refund_requests": {"0" * 24: {"amount": "x"}}},
        {"surplus": {"pay_AAAAAAAAAAAAAA": {"amount": "x"}}},
        {"disputes": {"disp_AAAAAAAAAAAAAA": {"amount": "x"}}},
        {"unresolved": {"pay_AAAAAAAAAAAAAA": "yesterday"}},
    ],
    ids=["refund", "request", "extra capture", "dispute", "attempt"],
)


def logged_items(lines: StringIO) -> list[tuple[str, str]]:
    """The code and the partition key of each log line of an unreadable item."""
    logged = [json.loads(line) for line in lines.getvalue().splitlines() if line.startswith("{")]
    return [(each["code"], each["pk"]) for each in logged if each.get("code") == "item_unreadable"]


@PARTS
def test_get_payment_that_cannot_be_read_is_409_for_payer_and_admin(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    capsys: pytest.CaptureFixture[str],
    stored: dict[str, Any],
) -> None:
    tamper(shop.payment(paid_order_id), **stored)
    emitted_metrics(capsys)
    for caller in (student, admin):
        answer = caller.get(f"/api/payments/{paid_order_id}")
        assert (answer.status, answer.code) == (409, "refund_unreadable")
        assert emitted_metrics(capsys)["refunds", "refunds_unreadable"] == 1


def test_get_payment_that_cannot_be_read_is_404_for_another_learner(
    shop: Storefront, new_user: Callable[..., Api], paid_order_id: str
) -> None:
    tamper(shop.payment(paid_order_id), refunds={"rfnd_AAAAAAAAAAAAAA": {"amount": "x"}})
    answer = new_user("student").get(f"/api/payments/{paid_order_id}")
    assert (answer.status, answer.code) == (404, "order_not_found")


@pytest.mark.parametrize("attribute", ["refunds", "created_at"])
def test_requests_for_payment_whose_item_cannot_be_read_are_409(
    shop: Storefront, admin: Api, paid_order_id: str, attribute: str
) -> None:
    spoil(shop.payment(paid_order_id), attribute)
    answers = [
        admin.get(f"/api/payments/{paid_order_id}"),
        admin.post(f"/api/payments/{paid_order_id}/poll"),
        refund(admin, paid_order_id),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [(409, "refund_unreadable")] * 3


@PARTS
def test_poll_of_payment_that_cannot_be_read_is_409_without_a_call(
    shop: Storefront, admin: Api, paid_order_id: str, gateway_calls: list[str], stored: dict[str, Any]
) -> None:
    tamper(shop.payment(paid_order_id), **stored)
    version = shop.payment(paid_order_id).version
    gateway_calls.clear()
    answer = admin.post(f"/api/payments/{paid_order_id}/poll")
    assert (answer.status, answer.code) == (409, "refund_unreadable")
    assert (gateway_calls, shop.payment(paid_order_id).version) == ([], version)


def test_poll_beside_unreadable_refund_of_the_gateway_is_409(
    shop: Storefront, admin: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund(admin, paid_order_id)
    list_unreadable_refund(monkeypatch, str(shop.payment(paid_order_id).payment_id))
    answer = admin.post(f"/api/payments/{paid_order_id}/poll")
    assert (answer.status, answer.code) == (409, "refund_unreadable")


@PARTS
def test_lists_name_payment_that_cannot_be_read_and_show_the_others(
    shop: Storefront, student: Api, admin: Api, capsys: pytest.CaptureFixture[str], stored: dict[str, Any]
) -> None:
    first, unreadable, last = create_orders(shop, student, 3)
    for order_id in (first, unreadable, last):
        payment_register.refresh_payment(order_id)
    tamper(shop.payment(unreadable), **stored)
    emitted_metrics(capsys)
    with captured_logs() as lines:
        page = admin.get("/api/payments").json
    assert ({each["order_id"] for each in page["items"]}, page["unreadable"]) == ({first, last}, [unreadable])
    assert logged_items(lines) == [("item_unreadable", f"PAYMENT#{unreadable}")]
    assert emitted_metrics(capsys)["store", "items_unreadable"] == 1


def test_own_payments_name_payment_that_cannot_be_read_and_show_the_others(shop: Storefront, student: Api) -> None:
    first, unreadable, last = create_orders(shop, student, 3)
    tamper(shop.payment(unreadable), refunds={"rfnd_AAAAAAAAAAAAAA": {"amount": "x"}})
    page = student.get("/api/payments/my").json
    assert ({each["order_id"] for each in page["items"]}, page["unreadable"]) == ({first, last}, [unreadable])


def test_all_payments_name_payment_whose_item_cannot_be_read(
    shop: Storefront, student: Api, admin: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    unreadable, readable = create_orders(shop, student, 2)
    for order_id in (unreadable, readable):
        payment_register.refresh_payment(order_id)
    spoil(shop.payment(unreadable), "refunds")
    emitted_metrics(capsys)
    page = admin.get("/api/payments").json
    assert ([each["order_id"] for each in page["items"]], page["unreadable"]) == ([readable], [unreadable])
    assert emitted_metrics(capsys)["store", "items_unreadable"] == 1


def test_lists_of_readable_payments_name_none(shop: Storefront, student: Api, admin: Api, paid_order_id: str) -> None:
    payment_register.refresh_payment(paid_order_id)
    for caller, path in ((student, "/api/payments/my"), (admin, "/api/payments")):
        page = caller.get(path).json
        assert ([each["order_id"] for each in page["items"]], page["unreadable"]) == ([paid_order_id], [])


@pytest.mark.parametrize("attribute", ["refunds", "created_at", "amount"])
def test_f93_own_payments_name_payment_whose_item_cannot_be_read(
    shop: Storefront, student: Api, capsys: pytest.CaptureFixture[str], attribute: str
) -> None:
    first, unreadable, last = create_orders(shop, student, 3)
    spoil(shop.payment(unreadable), attribute)
    emitted_metrics(capsys)
    with captured_logs() as lines:
        answer = student.get("/api/payments/my?limit=2")
        rest = student.get(f"/api/payments/my?limit=2&cursor={answer.json['next_cursor']}").json
    assert answer.status == 200
    assert {each["order_id"] for each in answer.json["items"] + rest["items"]} == {last, first}
    assert answer.json["unreadable"] + rest["unreadable"] == [unreadable]
    assert logged_items(lines) == [("item_unreadable", f"PAYMENT#{unreadable}")]
    assert emitted_metrics(capsys)["store", "items_unreadable"] == 1
