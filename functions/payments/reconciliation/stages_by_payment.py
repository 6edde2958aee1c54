"""The stages of refunds and disputes. Both name only their payment: the order of each payment is looked up once at the
gateway, and remembered."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from functions.payments import razorpay_evidence
from functions.payments.reconciliation.heal_orders import Suspect
from functions.payments.reconciliation.listed_entities import is_dispute_recorded, is_refund_recorded
from functions.payments.reconciliation.stages import (
    Slice,
    contains,
    is_readable,
    next_position,
    read_page,
    read_payments,
)
from shared import clock
from shared.db.entities import Payment
from shared.db.payments import reconciliation_state
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayList, GatewayRejected, Json
from shared.observability import logger
from shared.settlement.evidence import DisputeReported, Refunded

_DISPUTE_SPAN: Final = timedelta(days=180)
"""A bank may open a dispute for about four months after the payment, and decide weeks later."""


@dataclass(frozen=True)
class _List:
    """A list whose entities name a payment: the evidence of an entity, and whether a payment contains what the entity
    shows."""

    name: GatewayList
    evidence: Callable[[Json], Refunded | DisputeReported]
    is_recorded: Callable[[Payment, Json], bool]


def reconcile_refunds(part: Slice, position: str | None) -> str | None:
    """Refunds by their own creation time: also those made on the gateway's page, of payments of any age. A refund that
    was processed may be reversed months later, without a webhook."""
    part = replace(part, since=part.refunds_since)
    return _reconcile(part, position, _List(GatewayList.REFUNDS, razorpay_evidence.from_refund, is_refund_recorded))


def reconcile_disputes(part: Slice, position: str | None) -> str | None:
    """Disputes by their own creation time. They may be decided long after that, so that this stage covers half a
    year: there are few."""
    since = min(part.since, part.until - int(_DISPUTE_SPAN.total_seconds()))
    part = replace(part, since=since)
    source = _List(GatewayList.DISPUTES, razorpay_evidence.from_dispute, is_dispute_recorded)
    return _reconcile(part, position, source)


def _reconcile(part: Slice, position: str | None, source: _List) -> str | None:
    page = read_page(part, source.name, position)
    by_payment: defaultdict[str, list[Json]] = defaultdict(list)
    for entity in page:
        if is_readable(part, entity, source.evidence):
            by_payment[entity["payment_id"]].append(entity)
    by_order = _by_order(part, by_payment)
    known = read_payments(by_order)
    suspects = [_suspect(known.get(order_id), order_id, each, source) for order_id, each in by_order.items()]
    part.healer.heal_all([suspect for suspect in suspects if suspect])
    part.record(source.name, page)
    return next_position(position, page) if not page or any(_is_in_period(part, entity) for entity in page) else None


def _is_in_period(part: Slice, entity: Any) -> bool:
    """Whether the entity is not older than the period. The list of disputes has no filter by time: its reading ends at
    a page of older ones."""
    created_at = entity.get("created_at") if isinstance(entity, dict) else None
    return not isinstance(created_at, int) or created_at >= part.since


def _by_order(part: Slice, by_payment: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """The entities by order id. Those of a payment without an order, or never captured, are left out."""
    order_ids = reconciliation_state.orders_of_payments(by_payment)
    by_order: defaultdict[str, list[Json]] = defaultdict(list)
    for payment_id, entities in by_payment.items():
        order_id = order_ids.get(payment_id)
        if order_id is None:
            order_id = _look_up(part, payment_id)
        if order_id:
            by_order[order_id] += entities
    return by_order


def _look_up(part: Slice, payment_id: str) -> str:
    """The order id of a payment; "" if it has none, was never captured, or cannot be fetched now. Raises GatewayBusy:
    the slice must be repeated."""
    try:
        entity = razorpay.fetch_payment(payment_id)
        order_id = str(entity.get("order_id") or "") if entity.get("captured") else ""
    except GatewayBusy:
        raise
    except (GatewayUnavailable, GatewayRejected):
        part.healer.count(failed=1)
        logger().warning("payment not fetched", exc_info=True, extra={"payment_id": payment_id})
        return ""
    reconciliation_state.remember_order_of_payment(payment_id, order_id, clock.now())
    return order_id


def _suspect(payment: Payment | None, order_id: str, entities: Sequence[Json], source: _List) -> Suspect | None:
    def is_recorded(stored: Payment) -> bool:
        return all(source.is_recorded(stored, entity) for entity in entities)

    if payment and contains(payment, is_recorded):
        return None
    return Suspect(order_id, is_recorded, [source.evidence(entity) for entity in entities])
