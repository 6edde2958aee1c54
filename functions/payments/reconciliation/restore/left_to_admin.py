"""What an admin decides, or checks, after a table was restored: money on hold, and refunds that are due."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.db import table_scan
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import extra_captures
from shared.db.table.unreadable_items import READ_ERRORS
from shared.domain.lifecycle import StatusReason
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.observability import logger
from shared.settlement.balances import due_refunds, on_hold

_ORPHANED: Final = "its learner or its course is unknown"
_MISMATCH: Final = "no rule explains its amount"


class Undecided(NamedTuple):
    """A capture on hold. `amount` is what is left of it, in minor units."""

    order_id: str
    payment_id: str
    amount: int
    currency: str
    is_orphaned: bool

    @property
    def reason(self) -> str:
        return _ORPHANED if self.is_orphaned else _MISMATCH


class DueRefund(NamedTuple):
    """A refund that Razorpay has still to be asked for, in minor units."""

    order_id: str
    payment_id: str
    amount: int
    currency: str


@dataclass(frozen=True)
class Payer:
    """The payer of an order whose learner or course is unknown, as the gateway knows them. For the operator's eyes:
    never stored, never logged. `amount` in minor units."""

    order_id: str
    payment_id: str
    amount: int
    currency: str
    email: str
    contact: str


class LeftToAdmin(NamedTuple):
    """The captures on hold, the due refunds, and the orders whose payment cannot be read."""

    undecided: list[Undecided]
    due_refunds: list[DueRefund]
    unreadable: list[str]


def read_left_to_admin() -> LeftToAdmin:
    """The captures on hold and the due refunds of every payment. Reads the whole table, so only a command may call it.
    Raises StoreUnavailable."""
    undecided: list[Undecided] = []
    refunds: list[DueRefund] = []
    unreadable: list[str] = []
    for payment in table_scan.scan_payments(lambda each: unreadable.append(each.order_id)):
        try:
            held, due = list(_undecided(payment)), list(_due_refunds(payment))
        except READ_ERRORS:
            logger().exception("unreadable payment", extra={"code": "item_unreadable", "order_id": payment.order_id})
            unreadable.append(payment.order_id)
            continue
        undecided += held
        refunds += due
    return LeftToAdmin(sorted(undecided), sorted(refunds), sorted(unreadable))


def _undecided(payment: Payment) -> Iterator[Undecided]:
    captures, is_orphaned = extra_captures(payment), payment.reason is StatusReason.ORPHANED
    for payment_id, amount in on_hold(payment).items():
        yield Undecided(payment.order_id, payment_id, amount, captures[payment_id].currency, is_orphaned)


def _due_refunds(payment: Payment) -> Iterator[DueRefund]:
    captures = extra_captures(payment)
    for payment_id, amount in due_refunds(payment).items():
        currency = captures[payment_id].currency if payment_id in captures else payment.currency
        yield DueRefund(payment.order_id, payment_id, amount, currency)


def payers_of(order_ids: list[str]) -> Iterator[Payer]:
    """What the gateway knows of the payers of the orders. Raises GatewayUnavailable."""
    for order_id in order_ids:
        try:
            entities = razorpay.fetch_payments_of(order_id)
        except GatewayRejected:
            entities = []
        for entity in entities:
            if entity.get("captured"):
                contact = str(entity.get("email") or ""), str(entity.get("contact") or "")
                capture = str(entity.get("id")), entity.get("amount") or 0, str(entity.get("currency"))
                yield Payer(order_id, *capture, *contact)
