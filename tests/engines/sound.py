"""Whether both ledgers are as they must be, to the paisa."""

from typing import Any, Final

from functions.payments import invariants
from functions.payments.invariants import webhooks
from functions.payments.invariants.ledger import build_ledger
from functions.payments.reconciliation.ledger_comparison import Side, local_side
from local.razorpay import FakeRazorpay
from local.razorpay.state.account_statement import account_statement
from shared import clock
from shared.db import table_scan
from shared.db.entities import WebhookEvent
from tests.shop import Storefront

_ROUNDS: Final = 4
"""A refund is looked at a quarter of an hour after it was asked for."""


def ledger_inconsistencies(razorpay: FakeRazorpay, *, settled: bool = True) -> list[Any]:
    """Every breach of the invariants, and every order whose money differs at the gateway; before all messages have
    arrived, only those of which more is known here than there."""
    items = list(table_scan.scan_all())
    ledger = build_ledger(items)
    received = [item for item in items if isinstance(item, WebhookEvent)]
    found: list[Any] = invariants.breaches(ledger, clock.now())
    found += [*webhooks.check_applied_once(ledger), *webhooks.check_applied(ledger, received)]
    with razorpay.locked_ledger() as theirs:
        lines = account_statement(theirs)["by_order"]
    for order_id, line in lines.items():
        payment = ledger.payments.get(order_id)
        there = line["captured"], line["refunded"] - line["refund_pending"] + line["charged_back"]
        mine = local_side(payment) if payment else Side()
        known = mine.captured_amount(), mine.refunded_amount()
        if there != known and (settled or known > there):
            found.append(f"{order_id}: (captured, refunded) {there} at the gateway, {known} here")
    return found + [f"{order_id} is unknown to the gateway" for order_id in ledger.payments.keys() - lines.keys()]


def settle_all(shop: Storefront) -> None:
    """Every message arrives once more, and the sweep comes round as often as a refund needs."""
    for _ in range(_ROUNDS):
        assert {reply.status for reply in shop.deliver(redeliver=True)} <= {200}
        assert "left" not in shop.sweep()
        shop.clock.advance(minutes=16)
        shop.gateway.tick()
