"""The sweep as the schedule calls it, and the faults that it meets."""

from dataclasses import asdict
from typing import Any

import pytest

from functions.payments import sweep_handler
from functions.payments.polling.sweep_report import SweepReport
from local.razorpay.operations.orders import create_order
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront, put_published_course


def sweep_report(**numbers: Any) -> dict[str, Any]:
    """The report of a sweep with these numbers, and zero for every other."""
    return asdict(SweepReport()) | numbers


def run_sweep() -> dict[str, Any]:
    answer: dict[str, Any] = sweep_handler.lambda_handler({}, None)
    return answer


def create_orders(shop: Storefront, learner: Api, number: int) -> list[str]:
    """Orders of one learner for that many courses, all due in five minutes."""
    courses = [put_published_course(shop.course.instructor_id).course_id for _ in range(number)]
    return [shop.create_order(learner, course_id)["order_id"] for course_id in courses]


def create_listable_orders(shop: Storefront, learner: Api, number: int, seconds_apart: float = 1) -> list[str]:
    """Orders that one list call can poll, oldest first, one every `seconds_apart`."""
    orders = []
    for _ in range(number):
        orders += create_orders(shop, learner, 1)
        shop.clock.advance(seconds=seconds_apart)
    return orders


def create_apart(shop: Storefront, learner: Api, number: int) -> list[str]:
    """Orders that are polled one by one, oldest first: two minutes lie between them."""
    return create_listable_orders(shop, learner, number, 120)


def list_calls(calls: list[str]) -> list[str]:
    return [call for call in calls if call.startswith("GET /v1/orders?")]


def polls(calls: list[str]) -> list[str]:
    return [call for call in calls if call.startswith("GET /v1/orders/")]


def create_foreign_orders(shop: Storefront, number: int) -> None:
    """Orders of another product of the same account."""
    for _ in range(number):
        create_order(shop.gateway.ledger, {"amount": 100, "currency": "INR"})


def change_listed_orders(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """`change` edits each order of a list with payments before the product sees it."""
    real = razorpay.page_of_orders_with_payments

    def changed(since: int, until: int, skip: int) -> list[Any]:
        page = real(since, until, skip)
        for order in page:
            change(order)
        return page

    monkeypatch.setattr(razorpay, "page_of_orders_with_payments", changed)


def inject_gateway_outage(shop: Storefront, kind: str = "503", times: int = 10**6) -> None:
    """Every call of Razorpay fails, list calls too."""
    shop.control("POST", "faults", {"kind": kind, "times": times})


def inject_poll_fault(shop: Storefront, kind: str, times: int, order_id: str = "[^/]+", after: int = 0) -> None:
    path = f"/v1/orders/{order_id}/payments"
    shop.control("POST", "faults", {"kind": kind, "times": times, "path": path, "after": after})


def sweep_repeatedly(shop: Storefront, times: int = 4, **pause: int) -> None:
    """Sweeps that many times, with Razorpay's own work in between; every two days by default."""
    for _ in range(times):
        shop.clock.advance(**(pause or {"days": 2}))
        shop.gateway.tick()
        shop.sweep()


def order_with_duplicate_captures(shop: Storefront, student: Api, count: int = 1) -> tuple[str, list[str]]:
    """The id of a paid order, and the payment ids of the extra captures on it."""
    order_id = shop.create_order(student)["order_id"]
    extra_ids = [shop.pay(order_id, "created")["razorpay_payment_id"] for _ in range(count)]
    shop.pay(order_id)
    for payment_id in extra_ids:
        shop.control("POST", f"payments/{payment_id}/late_authorize", {"capture": True, "even_if_paid": True})
    shop.deliver()
    return order_id, extra_ids


def fail_refund_calls(shop: Storefront, times: int) -> None:
    shop.control("POST", "faults", {"kind": "500", "path": ".*/refund", "method": "POST", "times": times})
