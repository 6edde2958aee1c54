"""Compares our ledger with the gateway's for a period, in both directions.

An order is compared when either ledger has a capture or a refund of it in the period. The comparison covers all of its
captures and refunds, of any date, so the limits of the period cause no differences.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from functions.payments.reconciliation.gateway_lists import GatewayLists
from functions.payments.reconciliation.ledger_comparison import (
    Difference,
    Side,
    TotalKey,
    find_differences,
    local_side,
    totals,
)
from shared.db import table_scan
from shared.db.entities import Payment


@dataclass(frozen=True)
class Reconciliation:
    """The totals of both sides over the same `orders`, in minor units. `not_ours` is the number of orders and payments
    of other products on the account. `reversed_amount` is the sum of lost disputes and manual refunds, which the lists
    of the gateway do not contain."""

    orders: int
    gateway_totals: Counter[TotalKey]
    local_totals: Counter[TotalKey]
    differences: list[Difference]
    not_ours: int
    reversed_amount: int


class _ComparedOrder(NamedTuple):
    gateway: Side
    local: Side
    differences: list[Difference]


def reconcile(since: datetime, until: datetime) -> Reconciliation:
    """Compares the ledgers for a period (UTC, both ends inclusive). It reads the whole table, so only a command may
    call it, never a request.

    Raises GatewayUnavailable, GatewayRejected, MalformedPayload, StoreUnavailable."""
    gateway = GatewayLists(since, until)
    payments = {item.order_id: item for item in table_scan.scan_all() if isinstance(item, Payment)}
    captured = gateway.captured_order_ids()
    foreign = {order_id for order_id in captured - payments.keys() if not gateway.is_ours(order_id)}
    order_ids = captured - foreign
    order_ids |= _refunded_order_ids(gateway, payments)
    order_ids |= _changed_order_ids(payments, since, until)
    compared = [_compare_order(gateway, order_id, payments.get(order_id)) for order_id in sorted(order_ids)]
    return _summarize(compared, not_ours=len(foreign) + gateway.payments_without_order)


def _summarize(compared: list[_ComparedOrder], *, not_ours: int) -> Reconciliation:
    return Reconciliation(
        orders=len(compared),
        gateway_totals=totals(order.gateway for order in compared),
        local_totals=totals(order.local for order in compared),
        differences=[difference for order in compared for difference in order.differences],
        not_ours=not_ours,
        reversed_amount=sum(order.local.reversed_amount for order in compared),
    )


def _compare_order(gateway: GatewayLists, order_id: str, payment: Payment | None) -> _ComparedOrder:
    local = local_side(payment) if payment else None
    gateway_side = gateway.side(order_id, local or Side())
    status = payment.status if payment else "unknown"
    return _ComparedOrder(gateway_side, local or Side(), list(find_differences(order_id, gateway_side, local, status)))


def _refunded_order_ids(gateway: GatewayLists, payments: dict[str, Payment]) -> set[str]:
    """Our orders with a refund in the period at the gateway."""
    refunded = gateway.refunded_payment_ids()
    return {order_id for order_id, payment in payments.items() if not refunded.isdisjoint(local_side(payment).captured)}


def _changed_order_ids(payments: dict[str, Payment], since: datetime, until: datetime) -> set[str]:
    """Our orders with a capture or a refund in the period in our ledger."""
    return {order_id for order_id, payment in payments.items() if _changed_within(payment, since, until)}


def _changed_within(payment: Payment, since: datetime, until: datetime) -> bool:
    """Whether our ledger has a capture in the period, or a refunded payment whose last change is in the period: the
    payment does not contain the time of each refund."""
    if payment.captured_at is not None and since <= payment.captured_at <= until:
        return True
    return since <= payment.updated_at <= until and local_side(payment).refunded_amount() > 0
