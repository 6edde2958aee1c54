"""Refunds whose status changes long after their creation. Razorpay has no webhook for a refund that is reversed."""

import pytest

from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.reconciliation.actions import reconcile
from tests.protocol.refund_actions import process_refunds
from tests.protocol.stored_state import breaches, ledger_totals


@pytest.fixture
def reversed_refund_id(shop: Storefront, admin: Api, paid_order_id: str) -> str:
    """A full refund that was processed, and that the bank sends back 90 days later."""
    assert refund(admin, paid_order_id).status == 200
    process_refunds(shop)
    [refund_id] = shop.gateway.ledger.refunds
    shop.clock.advance(days=90)
    shop.control("POST", f"refunds/{refund_id}/status", {"status": "reversed", "event": None})
    return str(refund_id)


def test_nightly_pass_finds_refund_reversed_after_90_days_and_sweep_refunds_again(
    shop: Storefront, student: Api, paid_order_id: str, reversed_refund_id: str
) -> None:
    assert reconcile("nightly") == {"listed": 1, "found": 1, "healed": 1, "complete": True}
    assert shop.states(student, paid_order_id) == ("refund_pending", "cancelled")
    shop.clock.advance(hours=1)
    shop.sweep()
    process_refunds(shop)
    assert len(shop.gateway.ledger.refunds) == 2
    assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
    assert (ledger_totals(shop, paid_order_id), breaches()) == ((PRICE, PRICE), [])


def test_hourly_pass_reads_refunds_of_the_last_day_only(
    shop: Storefront, paid_order_id: str, reversed_refund_id: str
) -> None:
    assert reconcile("hourly") == {"complete": True}
    assert shop.payment(paid_order_id).status == "refunded"


@pytest.mark.parametrize(("days", "listed"), [(89, 1), (91, 0)])
def test_nightly_pass_reads_refunds_of_180_days(
    shop: Storefront, paid_order_id: str, reversed_refund_id: str, days: int, listed: int
) -> None:
    shop.clock.advance(days=days)
    assert reconcile("nightly").get("listed", 0) == listed
