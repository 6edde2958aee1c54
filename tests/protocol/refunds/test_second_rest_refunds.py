"""The rest of a capture is refunded, and a rest of the same amount is due again later: it is another refund."""

from typing import Any

import pytest

from functions.payments.refunds import execute_refunds
from shared.gateways import razorpay
from shared.settlement.balances import failed_count
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.dispute_actions import change_ended_dispute, report_dispute
from tests.protocol.refund_actions import process_refunds, record_manual_refund, set_balance
from tests.protocol.stored_state import breaches, ledger_totals
from tests.protocol.sweep_actions import fail_refund_calls, order_with_duplicate_captures, sweep_repeatedly

HALF = PRICE // 2


def test_rest_due_again_after_won_dispute_is_refunded_by_a_second_refund_of_the_same_amount(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
) -> None:
    payment_id = str(shop.payment(paid_order_id).payment_id)
    dispute_id = report_dispute(shop, payment_id, "lost", HALF)
    assert refund(admin, paid_order_id).status == 200
    process_refunds(shop)
    assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
    change_ended_dispute(shop, dispute_id, "won")
    shop.deliver()
    assert shop.states(student, paid_order_id) == ("refund_pending", "cancelled")
    sweep_repeatedly(shop)
    assert list(refund_idempotency_keys) == [
        f"refund-{payment_id}-of-{HALF}",
        f"refund-{payment_id}-after-1-of-{HALF}",
    ]
    assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
    assert (ledger_totals(shop, paid_order_id), breaches()) == ((PRICE, PRICE), [])


def test_rest_due_again_of_extra_capture_is_refunded_by_a_second_refund_of_the_same_amount(
    shop: Storefront, student: Api, refund_idempotency_keys: dict[str, Any]
) -> None:
    order_id, [extra_id] = order_with_duplicate_captures(shop, student)
    dispute_id = report_dispute(shop, extra_id, "lost", HALF)
    shop.sweep()
    process_refunds(shop)
    assert ledger_totals(shop, order_id) == (2 * PRICE, PRICE)
    change_ended_dispute(shop, dispute_id, "won")
    shop.deliver()
    sweep_repeatedly(shop)
    assert list(refund_idempotency_keys) == [f"refund-{extra_id}-of-{HALF}", f"refund-{extra_id}-after-1-of-{HALF}"]
    assert (ledger_totals(shop, order_id), breaches()) == ((2 * PRICE, PRICE), [])
    assert shop.states(student, order_id) == ("captured", "active")


def test_rest_refund_whose_response_is_lost_is_repeated_with_the_same_key(
    shop: Storefront, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
) -> None:
    payment_id = str(shop.payment(paid_order_id).payment_id)
    assert refund(admin, paid_order_id, 10_000, "part").status == 200
    process_refunds(shop)
    fail_refund_calls(shop, times=1)
    assert refund(admin, paid_order_id).json["payment"]["status"] == "refund_pending"
    sweep_repeatedly(shop)
    assert list(refund_idempotency_keys)[1:] == [f"refund-{payment_id}-of-{PRICE - 10_000}"]
    assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)


def test_rest_refund_whose_response_is_lost_is_made_once_although_a_requested_part_is_recorded_in_between(
    shop: Storefront,
    admin: Api,
    paid_order_id: str,
    monkeypatch: pytest.MonkeyPatch,
    refund_idempotency_keys: dict[str, Any],
) -> None:
    """Razorpay's list lags behind once: only the idempotency key keeps the rest from being refunded twice."""
    payment_id = str(shop.payment(paid_order_id).payment_id)
    set_balance(shop, 0)
    refund(admin, paid_order_id, 25_000, "by-bank")
    assert record_manual_refund(admin, paid_order_id, 25_000).status == 200
    set_balance(shop, 6_000)
    refund(admin, paid_order_id, 20_000, "part")
    shop.control("POST", "faults", {"kind": "lose_response", "path": ".*/refund", "method": "POST", "after": 1})
    refund(admin, paid_order_id)
    rest = PRICE - 45_000
    assert [each.amount for each in shop.gateway.ledger.refunds.values()] == [rest]
    assert shop.payment(paid_order_id).refunds.as_dict() == {}
    set_balance(shop, None)
    shop.clock.advance(days=1)
    with monkeypatch.context() as lagging:
        lagging.setattr(razorpay, "fetch_refunds_of", lambda _: [])
        shop.sweep()
    sweep_repeatedly(shop)
    process_refunds(shop)
    sweep_repeatedly(shop)
    assert sorted(each.amount for each in shop.gateway.ledger.refunds.values()) == [rest, 20_000]
    assert f"refund-{payment_id}-of-{rest}" in refund_idempotency_keys
    assert (shop.payment(paid_order_id).refunded_amount, breaches()) == (PRICE, [])


def test_rest_refund_that_failed_is_made_again_by_an_earlier_version_after_a_rollback(
    shop: Storefront,
    admin: Api,
    paid_order_id: str,
    monkeypatch: pytest.MonkeyPatch,
    refund_idempotency_keys: dict[str, Any],
) -> None:
    payment_id = str(shop.payment(paid_order_id).payment_id)
    assert refund(admin, paid_order_id, 10_000, "part").status == 200
    process_refunds(shop)
    shop.control("PATCH", "settings", {"refunds": "fail"})
    assert refund(admin, paid_order_id).status == 200
    shop.clock.advance(minutes=1)
    shop.gateway.tick()
    monkeypatch.setattr(execute_refunds, "_rest_refund_key", key_of_an_earlier_version)
    shop.control("PATCH", "settings", {"refunds": "process"})
    shop.deliver()
    for _ in range(3):
        shop.clock.advance(days=1)
        shop.sweep()
        process_refunds(shop)
    rest = PRICE - 10_000
    assert list(refund_idempotency_keys)[1:] == [f"refund-{payment_id}-of-{rest}", f"refund-{payment_id}-1-of-{rest}"]
    assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)


def key_of_an_earlier_version(payment_id: str, amount: int, capture: Any, _: object) -> str:
    failed = failed_count(capture.refunds)
    key = f"refund-{payment_id}" + (f"-{failed}" if failed else "")
    return key + (f"-of-{amount}" if amount != capture.amount else "")
