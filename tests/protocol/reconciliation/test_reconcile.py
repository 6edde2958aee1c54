"""Reconciliation with the gateway: consistent ledgers match, and every kind of difference is reported."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cli.reconcile import command, parse_time
from functions.payments.reconciliation.ledger_report import Reconciliation
from functions.payments.reconciliation.reconcile import reconcile
from shared import clock
from shared.db import table_scan
from shared.db.table.base import Item
from shared.domain.lifecycle import PaymentStatus
from shared.domain.reconciliation import DifferenceKind
from shared.errors import GatewayUnavailable, StoreUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import PRICE, Storefront


def buy(shop: Storefront, learner: Api) -> str:
    order_id: str = shop.create_order(learner)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    return order_id


def reconcile_today(shop: Storefront) -> Reconciliation:
    return reconcile(shop.clock.current_time - timedelta(days=1), shop.clock.current_time + timedelta(minutes=1))


def difference_rows(shop: Storefront) -> list[tuple[DifferenceKind, str, str, str]]:
    return [(each.kind, each.order_id, each.gateway, each.local) for each in reconcile_today(shop).differences]


def test_reconcile_of_consistent_ledgers_reports_no_difference(
    shop: Storefront, new_user: Callable[..., Api], admin: Api
) -> None:
    sold, refunded, partly_refunded = (buy(shop, new_user("student")) for _ in range(3))
    shop.create_order(new_user("student"))
    assert admin.post(f"/api/payments/{refunded}/refund", {"reason": "asked"}).status == 200
    body = {"reason": "a part", "amount": 10_000}
    assert admin.post(f"/api/payments/{partly_refunded}/refund", body, headers={"Idempotency-Key": "one"}).status == 200
    for _ in range(3):
        shop.clock.advance(minutes=16)
        shop.sweep()
    report = reconcile_today(shop)
    assert report.differences == []
    assert report.orders == 3
    assert (
        report.gateway_totals
        == report.local_totals
        == {("INR", "captured"): 3 * PRICE, ("INR", "refunded"): PRICE + 10_000}
    )
    statement = shop.control("GET", "statement")
    assert (statement["captured"], statement["refunded"]) == (3 * PRICE, PRICE + 10_000)
    assert shop.payment(sold).status is PaymentStatus.CAPTURED


def test_reconcile_reports_capture_missing_locally_until_swept(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    assert difference_rows(shop) == [
        (DifferenceKind.NOT_CAPTURED_LOCALLY, order_id, f"{PRICE} INR captured", "nothing (pending)")
    ]
    shop.clock.advance(minutes=5)
    shop.sweep()
    assert difference_rows(shop) == []


def test_reconcile_reports_orphaned_order(shop: Storefront, student: Api) -> None:
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)
    shop.pay(order["id"])
    assert difference_rows(shop) == [
        (DifferenceKind.UNKNOWN_LOCALLY, order["id"], f"{PRICE} INR captured", "nothing (unknown)")
    ]


@pytest.mark.parametrize("notes", [{}, {"stage": "prod", "user_id": "u", "course_id": "c"}])
def test_reconcile_ignores_orders_of_other_products(shop: Storefront, notes: dict[str, str]) -> None:
    order = razorpay.create_order(PRICE, "INR", "theirs", notes)
    shop.pay(order["id"])
    report = reconcile_today(shop)
    assert (report.differences, report.orders, report.not_ours) == ([], 0, 1)


def test_reconcile_reports_capture_missing_at_razorpay(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    captured = {"captured_amount": PRICE, "captured_at": shop.clock.current_time, "payment_id": "pay_AAAAAAAAAAAAAA"}
    tamper(shop.payment(order_id), status=PaymentStatus.CAPTURED, **captured)
    assert difference_rows(shop) == [
        (DifferenceKind.NOT_CAPTURED_AT_GATEWAY, order_id, "nothing", f"{PRICE} INR captured")
    ]


def test_reconcile_reports_order_missing_at_razorpay(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    del shop.gateway.ledger.orders[order_id]
    shop.gateway.ledger.payments.clear()
    assert [kind for kind, *_ in difference_rows(shop)] == [DifferenceKind.NOT_CAPTURED_AT_GATEWAY]


@pytest.mark.parametrize(("name", "value"), [("captured_amount", PRICE - 1), ("currency", "USD")])
def test_reconcile_reports_differing_amount_or_currency(shop: Storefront, student: Api, name: str, value: Any) -> None:
    order_id = buy(shop, student)
    tamper(shop.payment(order_id), **{name: value})
    local = f"{value} INR captured" if name == "captured_amount" else f"{PRICE} USD captured"
    assert difference_rows(shop) == [(DifferenceKind.AMOUNT_MISMATCH, order_id, f"{PRICE} INR captured", local)]


def test_reconcile_reports_dashboard_refund_until_delivered(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    razorpay.refund(shop.payment(order_id).payment_id, 500, "dashboard-refund")
    assert [kind for kind, *_ in difference_rows(shop)] == [DifferenceKind.REFUND_UNKNOWN_LOCALLY]
    shop.deliver()
    shop.clock.advance(hours=1)
    shop.sweep()
    assert difference_rows(shop) == []


def test_reconcile_reports_missing_and_differing_refunds(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    refund = razorpay.refund(shop.payment(order_id).payment_id, 500, "dashboard-refund")
    shop.deliver()
    stored = shop.payment(order_id)
    refunds = stored.refunds.as_dict()
    tamper(
        stored,
        refunds={refund["id"]: {**refunds[refund["id"]], "amount": 600}, "rfnd_AAAAAAAAAAAAAA": refunds[refund["id"]]},
    )
    kinds = {each.entity_id: each.kind for each in reconcile_today(shop).differences}
    assert kinds == {
        refund["id"]: DifferenceKind.REFUND_MISMATCH,
        "rfnd_AAAAAAAAAAAAAA": DifferenceKind.REFUND_UNKNOWN_AT_GATEWAY,
    }


def test_reconcile_counts_lost_dispute_as_reversed(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    shop.control("POST", f"payments/{shop.payment(order_id).payment_id}/dispute", {"status": "lost", "amount": 500})
    shop.deliver()
    report = reconcile_today(shop)
    assert (report.differences, report.reversed_amounts) == ([], {"INR": 500})


def test_reconcile_fetches_payment_outside_window_for_refund_inside_it(shop: Storefront, student: Api) -> None:
    """A refund of today for a payment of last month: that payment is compared too, and no other."""
    order_id = buy(shop, student)
    shop.clock.advance(days=30)
    assert reconcile_today(shop).orders == 0
    razorpay.refund(shop.payment(order_id).payment_id, 500, "dashboard-refund")
    report = reconcile_today(shop)
    assert (report.orders, [each.kind for each in report.differences]) == (1, [DifferenceKind.REFUND_UNKNOWN_LOCALLY])
    assert report.gateway_totals["INR", "captured"] == PRICE


def old_payment(shop: Storefront, notes: dict[str, str]) -> str:
    """A payment of last month on an order that is unknown here."""
    payment_id = shop.pay(razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"])["razorpay_payment_id"]
    shop.clock.advance(days=30)
    return payment_id


def test_reconcile_refund_of_old_payment_on_unknown_order_of_ours_is_reported(shop: Storefront, student: Api) -> None:
    payment_id = old_payment(shop, {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id})
    razorpay.refund(payment_id, 500, "dashboard-refund")
    report = reconcile_today(shop)
    assert [(each.kind, each.entity_id) for each in report.differences] == [
        (DifferenceKind.UNKNOWN_LOCALLY, payment_id)
    ]
    assert (report.orders, report.not_ours) == (1, 0)


def test_reconcile_refund_of_old_payment_of_other_product_is_ignored(shop: Storefront) -> None:
    razorpay.refund(old_payment(shop, {"stage": "prod"}), 500, "dashboard-refund")
    report = reconcile_today(shop)
    assert (report.differences, report.orders, report.not_ours) == ([], 0, 1)


def test_reconcile_counts_each_payment_of_other_products(shop: Storefront, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two on orders of others, and one without an order."""
    ids = [razorpay.create_order(PRICE, "INR", f"theirs_{number}", {"stage": "prod"})["id"] for number in range(3)]
    without_order, *_ = [shop.pay(order_id)["razorpay_payment_id"] for order_id in ids]
    listed = razorpay.list_payments

    def list_payments(*period: int) -> Iterator[Any]:
        for entity in listed(*period):
            yield {**entity, "order_id": None} if entity["id"] == without_order else entity

    monkeypatch.setattr(razorpay, "list_payments", list_payments)
    report = reconcile_today(shop)
    assert (report.orders, report.not_ours, report.differences) == (0, 3, [])


def reject(_: str) -> Any:
    raise GatewayRejected(400, {})


def test_reconcile_counts_each_old_payment_that_razorpay_does_not_return(
    shop: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = shop.clock.now()
    for receipt in ("rcpt_theirs_1", "rcpt_theirs_2"):
        order_id = razorpay.create_order(PRICE, "INR", receipt, {"stage": "prod"})["id"]
        razorpay.refund(shop.pay(order_id)["razorpay_payment_id"], 500, f"refund-of-{receipt}")
    monkeypatch.setattr(razorpay, "fetch_payment", reject)
    monkeypatch.setattr(razorpay, "list_payments", lambda *_: iter(()))
    report = reconcile(since, shop.clock.now() + timedelta(minutes=1))
    assert (report.orders, report.not_ours, report.failed) == (0, 2, [])


def test_reconcile_old_payment_that_cannot_be_looked_up_is_failed(
    shop: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = old_payment(shop, {"stage": "prod"})
    razorpay.refund(payment_id, 500, "dashboard-refund")

    def unavailable(_: str) -> Any:
        raise GatewayUnavailable

    monkeypatch.setattr(razorpay, "fetch_payment", unavailable)
    assert reconcile_today(shop).failed == [payment_id]


def test_reconcile_refund_of_known_payment_needs_no_look_up(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    order_id = buy(shop, student)
    shop.clock.advance(days=30)
    payment_id = shop.payment(order_id).payment_id
    razorpay.refund(payment_id, 500, "dashboard-refund")
    gateway_calls.clear()
    assert reconcile_today(shop).orders == 1
    assert f"GET /v1/payments/{payment_id}" not in gateway_calls


def test_reconcile_lost_dispute_without_its_webhook_is_reported_and_healed(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    dispute = shop.control("POST", f"payments/{shop.payment(order_id).payment_id}/dispute", {"status": "lost"})
    since, until = shop.clock.current_time - timedelta(days=1), shop.clock.current_time + timedelta(minutes=1)
    assert [(each.kind, each.entity_id, each.gateway, each.local) for each in reconcile(since, until).differences] == [
        (DifferenceKind.DISPUTE_UNKNOWN_LOCALLY, dispute["id"], f"{PRICE} INR lost", "nothing (captured)")
    ]
    healed = reconcile(since, until, heal=True)
    assert (healed.differences, healed.healed, healed.reversed_amounts) == ([], 1, {"INR": PRICE})
    assert shop.states(student, order_id) == ("refunded", "cancelled")


def test_reconcile_dispute_that_ended_meanwhile_is_a_mismatch(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    payment_id = shop.payment(order_id).payment_id
    shop.control("POST", f"payments/{payment_id}/dispute", {"status": "created"})
    shop.deliver()
    assert reconcile_today(shop).differences == []
    shop.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    [difference] = reconcile_today(shop).differences
    assert (difference.kind, difference.gateway, difference.local) == (
        DifferenceKind.DISPUTE_MISMATCH,
        f"{PRICE} INR lost",
        "0 INR open",
    )


def test_reconcile_order_whose_money_was_kept_is_healed_before_one_that_was_refunded(
    shop: Storefront, student: Api
) -> None:
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    orders = [razorpay.create_order(PRICE, "INR", f"rcpt_{number}", notes)["id"] for number in range(6)]
    paid = {order_id: shop.pay(order_id)["razorpay_payment_id"] for order_id in orders}
    kept = sorted(orders)[-1]
    for order_id in set(orders) - {kept}:
        razorpay.refund(paid[order_id], PRICE, f"dashboard-{order_id}")
    shop.clock.advance(hours=1)
    shop.gateway.tick()
    since, until = shop.clock.current_time - timedelta(days=1), shop.clock.current_time
    assert reconcile(since, until, heal=True).healed == 6
    assert shop.states(student, kept) == ("captured", "active")


def test_reconcile_reads_all_pages_of_payments_and_refunds(shop: Storefront, student: Api) -> None:
    """There are more payments and refunds than fit on a page of the gateway's lists."""
    order_id = buy(shop, student)
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    for number in range(101):
        shop.pay(razorpay.create_order(100, "INR", f"rcpt_{number}", notes)["id"])
    payment_id = shop.payment(order_id).payment_id
    for number in range(11):
        razorpay.refund(payment_id, 100, f"dashboard-refund-{number}")
    assert len(razorpay.fetch_refunds_of(payment_id)) == 11
    report = reconcile_today(shop)
    assert report.gateway_totals["INR", "captured"] == PRICE + 101 * 100
    assert [each.kind for each in report.differences].count(DifferenceKind.UNKNOWN_LOCALLY) == 101
    assert [each.kind for each in report.differences].count(DifferenceKind.REFUND_UNKNOWN_LOCALLY) == 11


def test_reconcile_retries_lists_after_razorpay_errors(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    shop.control("POST", "faults", {"kind": "503", "times": 2})
    assert (reconcile_today(shop).differences, shop.payment(order_id).status) == ([], PaymentStatus.CAPTURED)


def test_reconcile_heal_settles_every_difference_it_can(
    shop: Storefront, student: Api, new_user: Callable[..., Api]
) -> None:
    refunded = buy(shop, student)
    razorpay.refund(shop.payment(refunded).payment_id, 500, "dashboard-refund")
    captured = shop.create_order(new_user("student"))["order_id"]
    shop.pay(captured)
    buyer = new_user("student")
    notes = {"stage": "local", "user_id": buyer.user_id, "course_id": shop.course.course_id}
    orphaned = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(orphaned)
    since, until = shop.clock.current_time - timedelta(days=1), shop.clock.current_time + timedelta(minutes=1)
    assert reconcile(since, until).kinds.total() == 3
    healed = reconcile(since, until, heal=True)
    assert (healed.differences, healed.healed, healed.orders) == ([], 3, 3)
    assert healed.gateway_totals == healed.local_totals
    assert shop.states(buyer, orphaned) == ("captured", "active")
    again = reconcile(since, until, heal=True)
    assert (again.healed, again.kinds.total()) == (0, 0)


def test_reconcile_heal_reports_what_remains(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    tamper(shop.payment(order_id), captured_amount=PRICE - 1)
    since, until = shop.clock.current_time - timedelta(days=1), shop.clock.current_time + timedelta(minutes=1)
    report = reconcile(since, until, heal=True)
    assert ([each.kind for each in report.differences], report.healed) == ([DifferenceKind.AMOUNT_MISMATCH], 0)


def test_reconcile_finds_local_only_refund_of_payment_that_changed_after_the_period(
    shop: Storefront, student: Api
) -> None:
    order_id = buy(shop, student)
    refund = razorpay.refund(shop.payment(order_id).payment_id, 500, "dashboard-refund")
    shop.deliver()
    shop.clock.advance(days=3)
    shop.gateway.tick()
    until = shop.clock.current_time - timedelta(days=1)
    del shop.gateway.ledger.refunds[refund["id"]]
    shop.gateway.ledger.payments[shop.payment(order_id).payment_id].refund_ids.clear()
    shop.gateway.ledger.payments[shop.payment(order_id).payment_id].amount_refunded = 0
    tamper(shop.payment(order_id), updated_at=shop.clock.current_time, captured_at=until - timedelta(days=30))
    report = reconcile(until - timedelta(days=4), until)
    assert [(each.kind, each.entity_id) for each in report.differences] == [
        (DifferenceKind.REFUND_UNKNOWN_AT_GATEWAY, refund["id"])
    ]


def test_reconcile_unreadable_entities_are_named_and_stop_nothing(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = buy(shop, student)
    whole = razorpay.list_payments
    odd: list[Any] = [None, {"id": "pay_odd"}, {"id": 7, "amount": 1, "currency": "INR", "status": "captured"}]
    monkeypatch.setattr(razorpay, "list_payments", lambda *period: iter([*odd, *whole(*period)]))
    report = reconcile_today(shop)
    assert (report.unreadable, report.is_equal, report.orders) == (["None", "pay_odd", "7"], False, 1)
    assert report.gateway_totals["INR", "captured"] == shop.payment(order_id).captured_amount
    code, output = run_command(command, "--since", "2026-11-23", "--until", "2026-11-23")
    assert (code, "unreadable at the gateway, not compared: pay_odd\n" in output) == (1, True)


def test_reconcile_lists_first_differences_and_counts_all(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.payments.reconciliation.ledger_report.MAX_LISTED", 2)
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    for number in range(3):
        shop.pay(razorpay.create_order(100, "INR", f"rcpt_{number}", notes)["id"])
    report = reconcile_today(shop)
    assert (len(report.differences), report.kinds) == (2, {DifferenceKind.UNKNOWN_LOCALLY: 3})
    assert run_command(command, "--since", "2026-11-23", "--until", "2026-11-23")[1].endswith(
        "  and 1 more\nledgers differ (amounts in minor units)\n"
    )


def test_reconcile_command_with_heal_prints_what_was_settled(shop: Storefront, student: Api) -> None:
    shop.pay(shop.create_order(student)["order_id"])
    code, output = run_command(command, "--since", "2026-11-23", "--until", "2026-11-23", "--heal")
    assert (code, "settled: 1 orders that differed\nledgers match" in output) == (0, True)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (StoreUnavailable(), "The database does not respond: try again\n"),
        (ValueError("'odd' is not a valid PaymentStatus"), "an item cannot be read: ValueError: 'odd' is not a valid"),
    ],
)
def test_reconcile_command_with_unreadable_table_exits_2_with_a_sentence(
    shop: Storefront, monkeypatch: pytest.MonkeyPatch, fault: Exception, sentence: str
) -> None:
    def fail(_: object) -> Iterator[Item]:
        raise fault

    monkeypatch.setattr(table_scan, "scan_payments", fail)
    code, output = run_command(command, "--since", "2026-11-23", "--until", "2026-11-23")
    assert (code, output.startswith(sentence)) == (2, True)


def test_reconcile_command_prints_both_totals_and_each_difference(
    shop: Storefront, student: Api, new_user: Callable[..., Api]
) -> None:
    buy(shop, student)
    assert run_command(command, "--from", "2026-11-23", "--to", "2026-11-23") == (
        0,
        "2026-11-23T00:00:00+05:30 to 2026-11-23T23:59:59+05:30: 1 orders with captures or refunds\n"
        "INR captured        gateway         49,900   local         49,900   difference 0\n"
        "ledgers match (amounts in minor units)\n",
    )
    order_id = shop.create_order(new_user("student"))["order_id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    code, output = run_command(command, "--from", "2026-11-23T11:00", "--to", "2026-11-23T13:00+00:00")
    assert code == 1
    assert "INR captured        gateway         99,800   local         49,900   difference 49,900\n" in output
    assert "captured at the gateway, but not locally: 1\n" in output
    assert f"  {order_id} {payment_id}: gateway 49900 INR captured, local nothing (pending)\n" in output


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01"])
def test_reconcile_command_with_invalid_moment_exits_2(moment: str) -> None:
    assert run_command(command, "--from", moment)[0] == 2


def test_reconcile_command_with_end_before_start_exits_2() -> None:
    assert run_command(command, "--from", "2026-11-23", "--to", "2026-11-22")[0] == 2


def test_reconcile_command_during_razorpay_outage_exits_2(shop: Storefront, student: Api) -> None:
    buy(shop, student)
    shop.control("POST", "faults", {"kind": "drop", "times": 9})
    code, output = run_command(command, "--from", "2026-11-23")
    assert (code, "gateway" in output.lower()) == (2, True)


@pytest.mark.parametrize(
    ("text", "zone", "start", "end"),
    [
        ("2026-12-01", "Asia/Kolkata", "2026-11-30T18:30:00.000Z", "2026-12-01T18:29:59.000Z"),
        ("2026-11-01", "America/New_York", "2026-11-01T04:00:00.000Z", "2026-11-02T04:59:59.000Z"),
        ("2026-12-01T00:10", "Asia/Kolkata", "2026-11-30T18:40:00.000Z", "2026-11-30T18:40:00.000Z"),
        ("2026-12-01T00:10Z", "Asia/Kolkata", "2026-12-01T00:10:00.000Z", "2026-12-01T00:10:00.000Z"),
    ],
)
def test_parse_time_of_a_date_is_the_whole_day_of_the_zone(text: str, zone: str, start: str, end: str) -> None:
    assert clock.text(parse_time(text, ZoneInfo(zone))) == start
    assert clock.text(parse_time(text, ZoneInfo(zone), end_of_day=True)) == end


def test_reconcile_command_with_a_date_compares_the_sellers_day(shop: Storefront, student: Api) -> None:
    shop.clock.current_time = datetime(2026, 11, 30, 18, 40, tzinfo=UTC)  # 00:10 on 1 December in India
    buy(shop, student)
    november = run_command(command, "--from", "2026-11-30", "--to", "2026-11-30")[1].splitlines()
    december = run_command(command, "--from", "2026-12-01", "--to", "2026-12-01")[1].splitlines()
    assert november == [
        "2026-11-30T00:00:00+05:30 to 2026-11-30T23:59:59+05:30: 0 orders with captures or refunds",
        "ledgers match (amounts in minor units)",
    ]
    assert december == [
        "2026-12-01T00:00:00+05:30 to 2026-12-01T23:59:59+05:30: 1 orders with captures or refunds",
        "INR captured        gateway         49,900   local         49,900   difference 0",
        "ledgers match (amounts in minor units)",
    ]


def pay_twice_unnoticed(shop: Storefront, learner: Api) -> str:
    """An order with a capture and a duplicate, whose messages were all lost."""
    order_id = str(shop.create_order(learner)["order_id"])
    duplicate_id = shop.pay(order_id, "created")["razorpay_payment_id"]
    shop.pay(order_id)
    shop.control("POST", f"payments/{duplicate_id}/late_authorize", {"capture": True, "even_if_paid": True})
    return order_id


@pytest.mark.parametrize(("options", "made"), [({}, [PRICE]), ({"requests_refunds": False}, [])])
def test_reconcile_requests_due_refunds_unless_told_otherwise(
    shop: Storefront, student: Api, options: dict[str, Any], made: list[int]
) -> None:
    order_id = pay_twice_unnoticed(shop, student)
    since = shop.clock.now() - timedelta(days=1)
    assert reconcile(since, shop.clock.now() + timedelta(minutes=1), heal=True, **options).failed == []
    assert shop.states(student, order_id) == ("captured", "active")
    assert [each.amount for each in shop.gateway.ledger.refunds.values()] == made


def test_reconcile_reads_no_order_that_is_equal_in_both_lists(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    order_id = buy(shop, student)
    gateway_calls.clear()
    assert reconcile_today(shop).is_equal
    assert [call for call in gateway_calls if order_id in call] == []
