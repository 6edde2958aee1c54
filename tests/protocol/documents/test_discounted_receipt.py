"""A receipt leads from the list price to the amount: on the page, in the PDF, and as JSON."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from functions.dashboards.recount.compare import compare_counters
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.protocol.coupons.coupon_actions import CODE, put_coupon
from tests.protocol.documents.test_documents import lines_of, seller, stored_receipt
from tests.protocol.holds.held_payment import PAID, HeldPayment

__all__ = ["seller"]

SALE = {"amount": 19_900, "from": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z"}
TAXED = {"state": "27"}


def foot_of(learner: Api, order_id: str) -> list[tuple[str, str]]:
    """Names and amounts below the item of the page."""
    page = learner.get(f"/api/payments/{order_id}/receipt.html").text
    [foot] = re.findall(r"<tfoot>(.*?)</tfoot>", page.partition("<h2>Refunds</h2>")[0])
    return re.findall(r"<tr[^>]*><th[^>]*>(.*?)</th><td>(.*?)</td></tr>", foot)


def buy_in_sale(shop: Storefront, learner: Api, instructor: Api, **fields: str) -> str:
    course_id = put_published_course(instructor.user_id).course_id
    assert instructor.put(f"/api/courses/{course_id}", {"sale": SALE}).status == 200
    order_id: str = shop.create_order(learner, course_id, **TAXED, **fields)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    return order_id


@pytest.mark.usefixtures("seller")
def test_receipt_of_a_coupon_in_a_sale_states_both_discounts(
    shop: Storefront, student: Api, instructor: Api, admin: Api
) -> None:
    put_coupon(admin, value=10)
    order_id = buy_in_sale(shop, student, instructor, coupon=CODE)
    shown = student.get(f"/api/payments/{order_id}/receipt").json
    assert {name: shown[name] for name in ("list_amount", "discount", "coupon", "coupon_discount", "amount")} == {
        "list_amount": PRICE,
        "discount": 31_990,
        "coupon": CODE,
        "coupon_discount": 1_990,
        "amount": 17_910,
    }
    assert shown["tax"] == {
        "sac": "999293",
        "rate_basis_points": 1800,
        "taxable": 15_178,
        "cgst": 1_366,
        "sgst": 1_366,
        "igst": 0,
    }
    assert foot_of(student, order_id) == [
        ("List price", "₹ 499.00"),
        ("Discount (sale price)", "\N{MINUS SIGN}₹ 300.00"),
        (f"Discount (coupon {CODE})", "\N{MINUS SIGN}₹ 19.90"),
        ("Paid", "₹ 179.10"),
    ]
    text = " ".join(lines_of(student.get(f"/api/payments/{order_id}/receipt.pdf")))
    for line in ("List price ₹ 499.00", "Discount (sale price) -₹ 300.00", f"Discount (coupon {CODE}) -₹ 19.90"):
        assert line in text
    assert "Paid ₹ 179.10" in text


def test_receipt_of_a_sale_price_names_no_coupon(shop: Storefront, student: Api, instructor: Api) -> None:
    order_id = buy_in_sale(shop, student, instructor)
    shown = student.get(f"/api/payments/{order_id}/receipt").json
    assert (shown["discount"], shown["coupon"], shown["coupon_discount"]) == (30_000, None, 0)
    assert foot_of(student, order_id) == [
        ("List price", "₹ 499.00"),
        ("Discount (sale price)", "\N{MINUS SIGN}₹ 300.00"),
        ("Paid", "₹ 199.00"),
    ]


def test_receipt_at_the_list_price_states_only_what_was_paid(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    assert foot_of(student, order_id) == [("Paid", "₹ 499.00")]


def accepted(shop: Storefront, learner: Api, admin: Api, **payer: Any) -> str:
    """The id of an order at the list price of which an admin accepted another amount."""
    held = HeldPayment.of(shop, learner, **payer)
    assert held.accept(admin).status == 200
    return held.order_id


@pytest.mark.parametrize(
    ("payer", "paid", "lines"),
    [
        (
            {},
            PAID,
            [("Offer of the payment", "\N{MINUS SIGN}₹ 50.00"), ("Paid", "₹ 449.00")],
        ),
        (
            {"offer_id": "offer_ANZoaxsOww2X53", "discount": 20_001},
            29_899,
            [("Offer of the payment", "\N{MINUS SIGN}₹ 200.01"), ("Paid", "₹ 298.99")],
        ),
    ],
)
def test_receipt_of_an_accepted_offer_leads_from_the_list_price_to_what_was_paid(
    shop: Storefront,
    student: Api,
    admin: Api,
    project: Callable[[], int],
    payer: dict[str, Any],
    paid: int,
    lines: list[tuple[str, str]],
) -> None:
    order_id = accepted(shop, student, admin, **payer)
    shown = student.get(f"/api/payments/{order_id}/receipt").json
    assert {name: shown[name] for name in ("list_amount", "discount", "coupon", "coupon_discount", "amount")} == {
        "list_amount": PRICE,
        "discount": 0,
        "coupon": None,
        "coupon_discount": 0,
        "amount": paid,
    }
    assert foot_of(student, order_id) == [("List price", "₹ 499.00"), *lines]
    assert "List price ₹ 499.00" in " ".join(lines_of(student.get(f"/api/payments/{order_id}/receipt.pdf")))
    shop.sweep()
    project()
    (month,) = admin.get("/api/reports/month?month=2026-11").json["documents"]
    assert (month["list_amount"], month["discount"], month["receipts"]["amount"]) == (PRICE, 0, paid)
    assert compare_counters().is_equal


def test_receipt_of_a_fee_on_top_states_the_fee(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, customer_bears_fee=True)
    shop.deliver()
    shown = student.get(f"/api/payments/{order_id}/receipt").json
    assert (shown["list_amount"], shown["discount"], shown["amount"]) == (PRICE, 0, PRICE + 1_177)
    assert foot_of(student, order_id) == [
        ("List price", "₹ 499.00"),
        ("Fee of the payment", "₹ 11.77"),
        ("Paid", "₹ 510.77"),
    ]


def test_receipt_of_an_earlier_version_with_an_accepted_offer_states_only_what_was_paid(
    shop: Storefront, student: Api, admin: Api
) -> None:
    order_id = accepted(shop, student, admin)
    student.get(f"/api/payments/{order_id}/receipt")
    tamper(stored_receipt(order_id), list_amount=None, discount=None, coupon_discount=None)
    assert foot_of(student, order_id) == [("Paid", "₹ 449.00")]


@pytest.mark.parametrize(
    ("stored", "lines"),
    [
        (
            {"coupon_discount": None, "coupon_code": None},
            [("Discount", "\N{MINUS SIGN}₹ 300.00")],
        ),
        (
            {"amount": 15_000},
            [("Discount (sale price)", "\N{MINUS SIGN}₹ 300.00"), ("Offer of the payment", "\N{MINUS SIGN}₹ 49.00")],
        ),
        (
            {"amount": 20_370},
            [("Discount (sale price)", "\N{MINUS SIGN}₹ 300.00"), ("Fee of the payment", "₹ 4.70")],
        ),
    ],
)
def test_receipt_of_earlier_version_or_other_amount_still_leads_to_what_was_paid(
    shop: Storefront, student: Api, instructor: Api, stored: dict[str, int | None], lines: list[tuple[str, str]]
) -> None:
    """A receipt that does not say where its discount comes from; an offer and a fee of the gateway."""
    order_id = buy_in_sale(shop, student, instructor)
    student.get(f"/api/payments/{order_id}/receipt")
    tamper(stored_receipt(order_id), **stored)
    assert foot_of(student, order_id)[:-1] == [("List price", "₹ 499.00"), *lines]
