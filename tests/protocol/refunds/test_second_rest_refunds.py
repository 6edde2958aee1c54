"""The rest of a capture is refunded, and a rest of the same amount is due again later: it is another refund."""

from typing import Any

from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.dispute_actions import change_ended_dispute, report_dispute
from tests.protocol.refund_actions import process_refunds
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
        f"refund-{payment_id}-1-of-{HALF}",
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
    assert list(refund_idempotency_keys) == [f"refund-{extra_id}-of-{HALF}", f"refund-{extra_id}-1-of-{HALF}"]
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
    assert list(refund_idempotency_keys)[1:] == [f"refund-{payment_id}-1-of-{PRICE - 10_000}"]
    assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)
