"""The stages that begin with our own data: payments that the gateway may not have, and the stored differences."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.reconciliation.heal_orders import Suspect, never_recorded
from functions.payments.reconciliation.ledger_comparison import Side, gateway_side, local_side
from functions.payments.reconciliation.open_differences import differences_on_hold
from functions.payments.reconciliation.stages import Slice
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.read_models import payment_register
from shared.db.table import keys
from shared.db.table.store import StartKey
from shared.db.table.unreadable_items import READ_ERRORS
from shared.domain.reconciliation import DifferenceKind
from shared.gateways import razorpay
from shared.gateways.razorpay import Json
from shared.observability import logger

_PAGE_SIZE: Final = 100
_CLOCK_SKEW: Final = timedelta(seconds=5)
"""How much later or earlier than at the gateway an order is usually stored. An order outside is fetched by itself."""
_DIFFERENCES_PER_SLICE: Final = 20
_HOLDS: Final = (DifferenceKind.AMOUNT_UNEXPLAINED, DifferenceKind.LEARNER_OR_COURSE_UNKNOWN)


def reconcile_ledger(part: Slice, position: str | None) -> str | None:
    """Our payments, newest order first, a page of the register at a time: captured here and not at the gateway, or
    refunded here and not there. The register only finds the candidates; each payment is read from the write model. One
    whose item cannot be read is counted as failed."""
    since, until = (datetime.fromtimestamp(seconds, UTC) for seconds in (part.since, part.until))
    page, next_key = payment_register.list_newest(
        None, since, until, _PAGE_SIZE, _start_key(position), lambda _: part.healer.count(failed=1)
    )
    local = {payment.order_id: side for payment in page if (side := _local_side(payment)).captured}
    at_gateway = _sides_at_gateway([payment for payment in page if payment.order_id in local])
    part.healer.count(listed=len(page))
    part.healer.heal_all(
        [
            Suspect(order_id, never_recorded)
            for order_id, side in local.items()
            if exceeds(side, at_gateway.get(order_id, Side()))
        ]
    )
    return next_key["sk"]["S"] if next_key else None


def recheck_open_differences(part: Slice, position: str | None) -> str | None:
    """The stored differences, by order: heals what can be healed, and removes what is gone."""
    stored = part.healer.differences.stored
    order_ids = sorted({each.order_id for each in stored if each.order_id > (position or "")})
    batch = order_ids[:_DIFFERENCES_PER_SLICE]
    part.healer.heal_all(
        [Suspect(order_id, never_recorded) for order_id in batch if not _recheck_holds(part, order_id)]
    )
    return batch[-1] if len(order_ids) > len(batch) else None


def _local_side(payment: Payment) -> Side:
    """An empty side for a payment that cannot be read: it is logged, and the invariant check reports it (I17)."""
    try:
        return local_side(payment)
    except READ_ERRORS:
        logger().exception("not reconciled", extra={"code": "not_reconciled", "order_id": payment.order_id})
        return Side()


def exceeds(local: Side, gateway: Side) -> bool:
    """Whether our ledger has a capture or refunded money that the gateway's list does not show."""
    if any(gateway.captured.get(payment_id) != amount for payment_id, amount in local.captured.items()):
        return True
    return sum(each.amount for each in local.refunds.values()) > sum(each.amount for each in gateway.refunds.values())


def _sides_at_gateway(candidates: list[Payment]) -> dict[str, Side]:
    """The orders at the gateway that were created in the same period as the candidates, by order id. The refunds are
    one entry per payment: the amount refunded."""
    if not candidates:
        return {}
    times = [payment.created_at for payment in candidates]
    since, until = min(times) - _CLOCK_SKEW, max(times) + _CLOCK_SKEW
    listed = razorpay.list_orders_with_payments(int(since.timestamp()), int(until.timestamp()))
    return dict(filter(None, map(_listed_side, listed)))


def _listed_side(order: Json) -> tuple[str, Side] | None:
    """The id and the side of a listed order; None if it cannot be read: then the order is healed by itself."""
    try:
        return order["id"], _side_of_payments(order["payments"]["items"])
    except (MalformedPayload, *READ_ERRORS):
        logger().exception("not reconciled", extra={"code": "not_reconciled", "order_id": str(order.get("id"))})
        return None


def _side_of_payments(entities: Iterable[Json]) -> Side:
    entities = list(entities)
    refunds = [
        {
            "id": entity["id"],
            "payment_id": entity["id"],
            "amount": entity.get("amount_refunded") or 0,
            "currency": entity["currency"],
            "status": "processed",
        }
        for entity in entities
    ]
    return gateway_side(entities, refunds)


def _recheck_holds(part: Slice, order_id: str) -> bool:
    """Whether all stored differences of the order are money on hold, which our own ledger shows. False when the payment
    cannot be read: healing it fails, and is counted as failed."""
    differences = part.healer.differences
    if any(each.kind not in _HOLDS for each in differences.stored if each.order_id == order_id):
        return False
    try:
        payment = payments.get(order_id)
        holds = list(differences_on_hold(payment)) if payment else []
    except READ_ERRORS:
        return False
    differences.replace(order_id, holds)
    return True


def _start_key(position: str | None) -> StartKey:
    return {"pk": {"S": keys.PAYMENTS}, "sk": {"S": position}} if position else None
