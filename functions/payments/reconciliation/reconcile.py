"""Our ledger beside the gateway's, over a window of time, both ways.

An order is looked at when its money came in the window in either ledger, or some of it went back there; then all that
both sides know of it is compared, whenever it happened. So an edge of the window makes no difference.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from functions.payments.checkout.adopt_order import payer_from_notes
from functions.payments.reconciliation import ledger_comparison
from functions.payments.reconciliation.ledger_comparison import Difference, Json, Side
from shared.db import table_scan
from shared.db.entities import Payment
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected


@dataclass(frozen=True)
class Reconciliation:
    """`there` and `here` are minor units by (currency, what) over the same orders. `not_ours` payments belong to other
    products of the account; `taken` was taken by lost disputes or returned by hand, which the gateway's lists do not
    tell."""

    orders: int
    gateway_totals: Counter[tuple[str, str]]
    local_totals: Counter[tuple[str, str]]
    differences: list[Difference]
    not_ours: int
    reversed_amount: int


class _GatewayLists:
    """What the gateway lists of the window; asked again for what lies outside of it."""

    def __init__(self, since: datetime, until: datetime) -> None:
        window = int(since.timestamp()), int(until.timestamp())
        self.orders = {each["id"]: each for each in razorpay.list_orders(*window)}
        self.payments: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        for each in razorpay.list_payments(*window):
            self.payments[each.get("order_id") or ""][each["id"]] = each
        self.refunds: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        for each in razorpay.list_refunds(*window):
            self.refunds[each["payment_id"]][each["id"]] = each

    def captured_order_ids(self) -> set[str]:
        """Orders with a capture in the window."""
        listed = self.payments.items()
        return {
            order for order, each in listed if order and any(map(ledger_comparison.captured_evidence, each.values()))
        }

    def is_ours(self, order_id: str) -> bool:
        try:
            order = self.orders.get(order_id) or razorpay.fetch_order(order_id)
        except GatewayRejected:
            return False
        return payer_from_notes(order) is not None

    def side(self, order_id: str, expected: Side) -> Side:
        """All the gateway knows of the order."""
        payments = self.payments[order_id]
        if not expected.captured.keys() <= payments.keys() or not payments:
            payments = payments | {each["id"]: each for each in _payments_of(order_id)}
        captured = [each for each in payments.values() if ledger_comparison.captured_evidence(each)]
        return ledger_comparison.gateway_side(
            captured, [refund for each in captured for refund in self._refunds_of(each, expected)]
        )

    def _refunds_of(self, payment: Json, expected: Side) -> Iterable[Json]:
        listed = self.refunds[payment["id"]]
        amount = sum(each["amount"] for each in listed.values() if each["status"] != "failed")
        if amount == payment.get("amount_refunded") and expected.refunds.keys() <= listed.keys():
            return listed.values()
        return razorpay.fetch_refunds_of(payment["id"])


def reconcile(since: datetime, until: datetime) -> Reconciliation:
    """Reads the whole table: for a command. Raises GatewayUnavailable, StoreUnavailable."""
    gateway = _GatewayLists(since, until)
    ours = {each.order_id: each for each in table_scan.scan_all() if isinstance(each, Payment)}
    order_of = {
        payment_id: each.order_id
        for each in ours.values()
        for payment_id in ledger_comparison.local_side(each).captured
    }
    paid = gateway.captured_order_ids()
    foreign = {order for order in paid if order not in ours and not gateway.is_ours(order)}
    returned = {order_of[payment_id] for payment_id in gateway.refunds if payment_id in order_of}
    touched = (
        (paid - foreign) | returned | {each.order_id for each in ours.values() if _changed_within(each, since, until)}
    )
    there: dict[str, Side] = {}
    here: dict[str, Side] = {}
    found: list[Difference] = []
    for order_id in sorted(touched):
        known = ours.get(order_id)
        mine = ledger_comparison.local_side(known) if known else None
        there[order_id] = gateway.side(order_id, mine or Side())
        here[order_id] = mine or Side()
        found += ledger_comparison.differences(order_id, there[order_id], mine, known.status if known else "unknown")
    return Reconciliation(
        orders=len(touched),
        gateway_totals=ledger_comparison.totals(there.values()),
        local_totals=ledger_comparison.totals(here.values()),
        differences=found,
        not_ours=len(foreign) + len(gateway.payments.get("", {})),
        reversed_amount=sum(each.reversed_amount for each in here.values()),
    )


def _changed_within(payment: Payment, since: datetime, until: datetime) -> bool:
    """Whether money came in that time, or the payment last changed then after some went back."""
    came = payment.captured_at is not None and since <= payment.captured_at <= until
    return came or (
        ledger_comparison.local_side(payment).refunded_amount() > 0 and since <= payment.updated_at <= until
    )


def _payments_of(order_id: str) -> list[Json]:
    try:
        return razorpay.fetch_payments_of(order_id)
    except GatewayRejected:
        return []
