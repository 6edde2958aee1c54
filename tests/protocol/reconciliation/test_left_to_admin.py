"""What `recover` leaves to an admin: due refunds, money on hold, payments that cannot be read, and the payers."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.reconciliation.restore.left_to_admin import (
    DueRefund,
    Payer,
    Undecided,
    payers_of,
    read_left_to_admin,
)
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.reconciliation.purchases import buy

NewUser = Callable[..., Api]
EXTRA_ID = "pay_BBBBBBBBBBBBBB"
EXTRA: dict[str, Any] = {"amount": 700, "currency": "USD", "refunds": {}, "other_returns": {}, "held": False}


def test_left_to_admin_due_refunds_have_the_currency_of_their_capture(shop: Storefront, paid_order_id: str) -> None:
    payment_id = str(shop.payment(paid_order_id).payment_id)
    tamper(shop.payment(paid_order_id), status="refund_pending", surplus={EXTRA_ID: EXTRA})
    expected = [
        DueRefund(paid_order_id, payment_id, PRICE, "INR"),
        DueRefund(paid_order_id, EXTRA_ID, 700, "USD"),
    ]
    assert read_left_to_admin().due_refunds == sorted(expected)


def test_left_to_admin_names_each_payment_that_cannot_be_read(shop: Storefront, new_user: NewUser) -> None:
    without_status, with_odd_extra, *whole = (buy(shop, new_user("student")) for _ in range(4))
    spoil(shop.payment(without_status), "status")
    tamper(shop.payment(with_odd_extra), surplus={EXTRA_ID: {"amount": "x"}})
    for order_id in whole:
        tamper(shop.payment(order_id), status="refund_pending", surplus={EXTRA_ID: {**EXTRA, "held": True}})
    with captured_logs() as lines:
        left = read_left_to_admin()
    assert left.unreadable == sorted([without_status, with_odd_extra])
    assert [each.order_id for each in left.due_refunds] == sorted(whole)
    assert left.undecided == [
        Undecided(order_id, EXTRA_ID, 700, "USD", is_orphaned=False) for order_id in sorted(whole)
    ]
    logged = entries_with_code(lines, "item_unreadable")
    assert [each["order_id"] for each in logged if "order_id" in each] == [with_odd_extra]


def test_payers_of_leaves_out_what_the_gateway_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    entities: dict[str, list[dict[str, Any]]] = {
        "order_1": [
            {"id": "pay_1", "captured": False, "amount": 5, "currency": "INR", "email": "a@b.c"},
            {"id": "pay_2", "captured": True, "amount": 5, "currency": "INR", "email": "a@b.c", "contact": "+91"},
            {"id": "pay_3", "captured": True, "currency": "INR"},
        ]
    }

    def fetch(order_id: str) -> list[dict[str, Any]]:
        if order_id not in entities:
            raise GatewayRejected(400, {})
        return entities[order_id]

    monkeypatch.setattr(razorpay, "fetch_payments_of", fetch)
    assert list(payers_of(["order_unknown", "order_1"])) == [
        Payer("order_1", "pay_2", 5, "INR", "a@b.c", "+91"),
        Payer("order_1", "pay_3", 0, "INR", "", ""),
    ]
