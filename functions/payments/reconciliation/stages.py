"""The stages of a pass. Each reads a page of one list at a position, compares it with the stored payments (one
BatchGetItem per hundred), and heals the orders that differ.

Lists lag, return small pages, repeat entities and omit some. A repeated entity is recorded already. An omitted one is
met by a later pass: each hour covers the last day, and each night the last ten days. A new payment is also in two lists
(payments, orders with payments). A list ends with an empty page, not with a short one."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from functions.payments import razorpay_evidence
from functions.payments.checkout.adopt_order import payer_from_notes
from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.reconciliation.heal_orders import Healer, Suspect
from functions.payments.reconciliation.listed_entities import (
    is_payment_recorded,
    is_refunded_in_full,
    payments_of,
    proves_money,
    require_order,
    require_payment,
)
from functions.payments.reconciliation.open_differences import differences_on_hold
from shared.db.entities import Payment
from shared.db.table import keys, store
from shared.db.table.unreadable_items import READ_ERRORS, read_each
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayList, Json
from shared.observability import logger

UNREADABLE: Final = (MalformedPayload, KeyError, TypeError, ValueError, AttributeError)
"""What reading an entity of another form raises."""


@dataclass
class Slice:
    """The period of the pass (unix seconds, both inclusive; that of its refunds begins at `refunds_since`) and the
    healer of this slice. `postponed` is the number of payments that the first stage left to the one of refunded
    payments. `record` gets each page of payments and refunds, once its orders are healed, for the account's ledger."""

    since: int
    until: int
    refunds_since: int
    healer: Healer
    postponed: int = 0
    record: Callable[[GatewayList, list[Any]], object] = lambda _which, _page: None


Stage = Callable[[Slice, str | None], str | None]
"""Reads the page at a position (None: the first). Returns the position of the next page, None after the last.

Raises GatewayUnavailable, StoreUnavailable (the page can be read again), OutOfTime."""


def reconcile_payments(part: Slice, position: str | None) -> str | None:
    """Payments by their own creation time, so that money on an old order is found. A payment that is refunded in full
    is left to the next stage: of two orders of a learner, the one whose money was kept must be settled first, or it
    would count as the duplicate."""
    return _reconcile_payments(part, position, refunded=False)


def reconcile_refunded_payments(part: Slice, position: str | None) -> str | None:
    """The payments that the stage before left."""
    return _reconcile_payments(part, position, refunded=True)


def _reconcile_payments(part: Slice, position: str | None, *, refunded: bool) -> str | None:
    page = read_page(part, GatewayList.PAYMENTS, position)
    by_order = _by_order(part, page)
    known = read_payments(by_order)
    suspects = []
    for order_id, entities in by_order.items():
        suspect = _payments_suspect(known.get(order_id), order_id, entities)
        if suspect and not refunded and all(map(is_refunded_in_full, filter(proves_money, entities))):
            part.postponed += 1
        elif suspect:
            suspects.append(suspect)
    record_holds(part, known.values())
    part.healer.heal_all(suspects)
    part.record(GatewayList.PAYMENTS, page)
    return next_position(position, page)


def reconcile_orders(part: Slice, position: str | None) -> str | None:
    """Orders with their payments: adopts an order of ours that is unknown here, also an unpaid one."""
    page = read_page(part, GatewayList.ORDERS, position)
    orders = {order["id"]: order for order in page if is_readable(part, order, require_order)}
    known = read_payments(orders)
    suspects = []
    for order_id, order in orders.items():
        payment = known.get(order_id)
        if payment is None and payer_from_notes(order) is None:
            part.healer.count(not_ours=1)
        elif suspect := _order_suspect(payment, order_id, payments_of(order)):
            suspects.append(replace(suspect, order=order))
    part.healer.heal_all(suspects)
    return next_position(position, page)


def read_payments(order_ids: Iterable[str]) -> dict[str, Payment]:
    """The stored payments by order id: one BatchGetItem per hundred. One that cannot be read is left out, logged and
    counted; its order then fails by itself if the list proves anything about it. Raises StoreUnavailable."""
    found = read_each(store.entity, store.get_many_raw([keys.payment(order_id) for order_id in order_ids]))
    return {item.order_id: item for item in found if isinstance(item, Payment)}


def record_holds(part: Slice, payments: Iterable[Payment]) -> None:
    """Stores the captures on hold for admins."""
    for payment in payments:
        try:
            holds = list(differences_on_hold(payment)) if payment.surplus else []
        except READ_ERRORS:
            part.healer.count(failed=1)
            logger().exception("unreadable payment", extra={"code": "item_unreadable", "order_id": payment.order_id})
            continue
        part.healer.differences.add(holds)


def read_page(part: Slice, which: GatewayList, position: str | None) -> list[Any]:
    """The page of the list at the position, an offset; empty after the last. Raises GatewayUnavailable,
    GatewayRejected."""
    page = razorpay.fetch_page(which, part.since, part.until, int(position or 0))
    part.healer.count(listed=len(page))
    return page


def next_position(position: str | None, page: list[Any]) -> str | None:
    """The position after the page; None after the last one."""
    return str(int(position or 0) + len(page)) if page else None


def _by_order(part: Slice, page: list[Any]) -> dict[str, list[Json]]:
    """The readable payments with an order, by order id. Each of our payments has an order."""
    by_order: defaultdict[str, list[Json]] = defaultdict(list)
    for entity in page:
        if not is_readable(part, entity, require_payment):
            continue
        order_id = entity.get("order_id")
        if order_id:
            by_order[order_id].append(entity)
        else:
            part.healer.count(not_ours=1)
    return by_order


def is_readable(part: Slice, entity: Any, read: Callable[[Json], object]) -> bool:
    """Whether `read` accepts the entity. Another one is counted and logged with its id, and never stops the slice."""
    try:
        read(entity)
    except UNREADABLE:
        part.healer.count(unreadable=1)
        logger().error("unreadable entity", exc_info=True, extra={"entity": razorpay_evidence.entity_id(entity)})
        return False
    return True


def _payments_suspect(payment: Payment | None, order_id: str, entities: list[Json]) -> Suspect | None:
    """None when our ledger contains what the payments prove. An order that is unknown here matters if it is paid; the
    stage of orders adopts the others."""
    if payment is None and not any(map(proves_money, entities)):
        return None
    return _order_suspect(payment, order_id, entities)


def _order_suspect(payment: Payment | None, order_id: str, entities: list[Json]) -> Suspect | None:
    is_recorded = partial(_are_payments_recorded, entities=entities)
    return None if payment and contains(payment, is_recorded) else Suspect(order_id, is_recorded)


def contains(payment: Payment, is_recorded: Callable[[Payment], bool]) -> bool:
    """Whether the payment contains what a list shows. One with stored values that cannot be read does not: healing it
    fails, and is counted as failed."""
    try:
        return is_recorded(payment)
    except READ_ERRORS:
        return False


def _are_payments_recorded(payment: Payment, entities: list[Json]) -> bool:
    return all(is_payment_recorded(payment, entity) for entity in entities)
