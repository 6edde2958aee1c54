"""Our books beside the gateway's: equal after honest trade, and every kind of difference found and named."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cli.reconcile import command
from functions.payments.books import DifferenceKind
from functions.payments.reconcile import Reconciliation, reconcile
from shared.gateways import razorpay
from shared.lifecycle import PaymentStatus
from tests.api import Api
from tests.commands import run
from tests.shop import PRICE, Shop
from tests.tampering import tamper


def buy(shop: Shop, learner: Api) -> str:
    order_id: str = shop.order(learner)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    return order_id


def today(shop: Shop) -> Reconciliation:
    return reconcile(shop.time.at - timedelta(days=1), shop.time.at + timedelta(minutes=1))


def found(shop: Shop) -> list[tuple[DifferenceKind, str, str, str]]:
    return [(each.kind, each.order_id, each.gateway, each.local) for each in today(shop).differences]


def test_honest_books_are_equal(shop: Shop, new_user: Callable[..., Api], admin: Api) -> None:
    kept, back, part = (buy(shop, new_user("student")) for _ in range(3))
    shop.order(new_user("student"))
    assert admin.post(f"/api/payments/{back}/refund", {"reason": "asked"}).status == 200
    given = {"reason": "a part", "amount": 10_000}
    assert admin.post(f"/api/payments/{part}/refund", given, headers={"Idempotency-Key": "one"}).status == 200
    for _ in range(3):
        shop.time.pass_time(minutes=16)
        shop.sweep()
    report = today(shop)
    assert report.differences == []
    assert report.orders == 3
    assert (
        report.gateway_totals
        == report.local_totals
        == {("INR", "captured"): 3 * PRICE, ("INR", "refunded"): PRICE + 10_000}
    )
    books = shop.control("GET", "books")
    assert (books["captured"], books["refunded"]) == (3 * PRICE, PRICE + 10_000)
    assert shop.payment(kept).status is PaymentStatus.CAPTURED


def test_a_capture_nobody_told_us_of(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    assert found(shop) == [
        (DifferenceKind.NOT_CAPTURED_LOCALLY, order_id, f"{PRICE} INR captured", "nothing (pending)")
    ]
    shop.time.pass_time(minutes=5)
    shop.sweep()
    assert found(shop) == []


def test_an_order_of_ours_that_was_never_saved(shop: Shop, student: Api) -> None:
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)
    shop.pay(order["id"])
    assert found(shop) == [(DifferenceKind.UNKNOWN_LOCALLY, order["id"], f"{PRICE} INR captured", "nothing (unknown)")]


@pytest.mark.parametrize("notes", [{}, {"stage": "prod", "user_id": "u", "course_id": "c"}])
def test_orders_of_other_products_are_passed_over(shop: Shop, notes: dict[str, str]) -> None:
    order = razorpay.create_order(PRICE, "INR", "theirs", notes)
    shop.pay(order["id"])
    report = today(shop)
    assert (report.differences, report.orders, report.not_ours) == ([], 0, 1)


def test_a_capture_the_gateway_does_not_know(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    captured = {"captured_amount": PRICE, "captured_at": shop.time.at, "payment_id": "pay_AAAAAAAAAAAAAA"}
    tamper(shop.payment(order_id), status=PaymentStatus.CAPTURED, **captured)
    assert found(shop) == [(DifferenceKind.NOT_CAPTURED_AT_GATEWAY, order_id, "nothing", f"{PRICE} INR captured")]


def test_an_order_the_gateway_does_not_know(shop: Shop, student: Api) -> None:
    order_id = buy(shop, student)
    del shop.gateway.ledger.orders[order_id]
    shop.gateway.ledger.payments.clear()
    assert [kind for kind, *_ in found(shop)] == [DifferenceKind.NOT_CAPTURED_AT_GATEWAY]


@pytest.mark.parametrize(("name", "value"), [("captured_amount", PRICE - 1), ("currency", "USD")])
def test_other_amounts(shop: Shop, student: Api, name: str, value: Any) -> None:
    order_id = buy(shop, student)
    tamper(shop.payment(order_id), **{name: value})
    ours = f"{value} INR captured" if name == "captured_amount" else f"{PRICE} USD captured"
    assert found(shop) == [(DifferenceKind.AMOUNT_MISMATCH, order_id, f"{PRICE} INR captured", ours)]


def test_a_refund_made_on_the_gateways_own_page(shop: Shop, student: Api) -> None:
    order_id = buy(shop, student)
    razorpay.refund(shop.payment(order_id).payment_id, 500, "refund-by-hand")
    assert [kind for kind, *_ in found(shop)] == [DifferenceKind.REFUND_UNKNOWN_LOCALLY]
    shop.deliver()
    shop.time.pass_time(hours=1)
    shop.sweep()
    assert found(shop) == []


def test_refunds_that_only_we_have_or_that_are_not_alike(shop: Shop, student: Api) -> None:
    order_id = buy(shop, student)
    made = razorpay.refund(shop.payment(order_id).payment_id, 500, "refund-by-hand")
    shop.deliver()
    stored = shop.payment(order_id)
    mine = stored.refunds.as_dict()
    tamper(stored, refunds={made["id"]: {**mine[made["id"]], "amount": 600}, "rfnd_AAAAAAAAAAAAAA": mine[made["id"]]})
    kinds = {each.entity_id: each.kind for each in today(shop).differences}
    assert kinds == {
        made["id"]: DifferenceKind.REFUND_MISMATCH,
        "rfnd_AAAAAAAAAAAAAA": DifferenceKind.REFUND_UNKNOWN_AT_GATEWAY,
    }


def test_a_lost_dispute_is_told_apart(shop: Shop, student: Api) -> None:
    order_id = buy(shop, student)
    shop.control("POST", f"payments/{shop.payment(order_id).payment_id}/dispute", {"status": "lost", "amount": 500})
    shop.deliver()
    report = today(shop)
    assert (report.differences, report.reversed_amount) == ([], 500)


def test_what_lies_outside_the_window_is_asked_for(shop: Shop, student: Api) -> None:
    """A refund of today for a payment of last month: the payment is compared too, and what else is not."""
    order_id = buy(shop, student)
    shop.time.pass_time(days=30)
    assert today(shop).orders == 0
    razorpay.refund(shop.payment(order_id).payment_id, 500, "refund-by-hand")
    report = today(shop)
    assert (report.orders, [each.kind for each in report.differences]) == (1, [DifferenceKind.REFUND_UNKNOWN_LOCALLY])
    assert report.gateway_totals["INR", "captured"] == PRICE


def test_lists_are_read_to_their_end(shop: Shop, student: Api) -> None:
    """More payments and refunds than a page holds."""
    order_id = buy(shop, student)
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    for number in range(101):
        shop.pay(razorpay.create_order(100, "INR", f"rcpt_{number}", notes)["id"])
    payment_id = shop.payment(order_id).payment_id
    for number in range(11):
        razorpay.refund(payment_id, 100, f"refund-by-hand-{number}")
    assert len(razorpay.fetch_refunds_of(payment_id)) == 11
    report = today(shop)
    assert report.gateway_totals["INR", "captured"] == PRICE + 101 * 100
    assert [each.kind for each in report.differences].count(DifferenceKind.UNKNOWN_LOCALLY) == 101
    assert [each.kind for each in report.differences].count(DifferenceKind.REFUND_UNKNOWN_LOCALLY) == 11


def test_a_list_is_asked_for_again_when_the_gateway_stumbles(shop: Shop, student: Api) -> None:
    order_id = buy(shop, student)
    shop.control("POST", "faults", {"kind": "503", "times": 2})
    assert (today(shop).differences, shop.payment(order_id).status) == ([], PaymentStatus.CAPTURED)


def test_the_command_prints_both_sides_and_what_differs(shop: Shop, student: Api, new_user: Callable[..., Api]) -> None:
    buy(shop, student)
    assert run(command, "--from", "2026-11-23", "--to", "2026-11-23") == (
        0,
        "2026-11-23T00:00:00+00:00 to 2026-11-23T23:59:59+00:00: 1 orders with money\n"
        "INR captured        gateway         49,900   here         49,900   difference 0\n"
        "the books are equal (amounts in minor units)\n",
    )
    order_id = shop.order(new_user("student"))["order_id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    code, output = run(command, "--from", "2026-11-23T11:00", "--to", "2026-11-23T13:00+00:00")
    assert code == 1
    assert "INR captured        gateway         99,800   here         49,900   difference 49,900\n" in output
    assert "captured at the gateway, and not here: 1\n" in output
    assert f"  {order_id} {payment_id}: gateway 49900 INR captured, here nothing (pending)\n" in output


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01"])
def test_a_moment_that_is_none_is_refused(moment: str) -> None:
    assert run(command, "--from", moment)[0] == 2


def test_the_end_is_not_before_the_start() -> None:
    assert run(command, "--from", "2026-11-23", "--to", "2026-11-22")[0] == 2


def test_a_gateway_that_is_down_ends_the_command(shop: Shop, student: Api) -> None:
    buy(shop, student)
    shop.control("POST", "faults", {"kind": "drop", "times": 9})
    code, output = run(command, "--from", "2026-11-23")
    assert (code, "gateway" in output.lower()) == (2, True)
