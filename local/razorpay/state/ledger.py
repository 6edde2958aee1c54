"""The state of the fake: orders, payments, refunds, disputes and timers, and the one function that emits events."""

import heapq
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.razorpay.errors import RazorpayApiError, unknown_id
from local.razorpay.settings import FakeRazorpaySettings
from local.razorpay.state.account import Account
from local.razorpay.state.adjustment import Adjustment
from local.razorpay.state.clock import Clock
from local.razorpay.state.dispute import Dispute
from local.razorpay.state.entities import Order, Payment, Refund, Wire
from local.razorpay.state.ids import DISPUTE_ID, ORDER_ID, PAYMENT_ID, REFUND_ID, IdGenerator
from local.razorpay.state.outbox import Outbox


@dataclass(order=True)
class Timer:
    due_at: float
    number: int
    action: str  # late_success | auto_refund | settle_refund | lose_unanswered
    subject_id: str


@dataclass
class Ledger:
    settings: FakeRazorpaySettings
    clock: Clock
    ids: IdGenerator
    outbox: Outbox
    account: Account = field(default_factory=Account)
    list_order: random.Random = field(default_factory=random.Random)  # of lists that are out of order
    orders: dict[str, Order] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    adjustments: dict[str, Adjustment] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)  # receipt > order id
    refund_keys: dict[str, tuple[str, str]] = field(default_factory=dict)  # key > fingerprint, refund id
    refund_keys_in_progress: set[str] = field(default_factory=set)
    refund_outcome: str = "process"  # process | fail | hold: the outcome of pending refunds
    timers: list[Timer] = field(default_factory=list)
    timer_count: int = 0

    def now(self) -> int:
        return int(self.clock.now())

    def new_id(self, prefix: str, taken: Mapping[str, object]) -> str:
        """A new id that is not in `taken`: a seeded generator restarts with the process, so a reloaded state may
        contain its ids."""
        while (new_id := self.ids.new(prefix)) in taken:
            pass
        return new_id

    def order(self, order_id: str) -> Order:
        """Raises RazorpayApiError for a malformed or unknown id."""
        if not ORDER_ID.fullmatch(order_id):
            raise RazorpayApiError(f"{order_id} is not a valid id", field="id")
        if order_id not in self.orders:
            raise unknown_id()
        return self.orders[order_id]

    def payment(self, payment_id: str) -> Payment:
        """Raises RazorpayApiError for a malformed or unknown id."""
        if not PAYMENT_ID.fullmatch(payment_id):
            raise RazorpayApiError(f"{payment_id} is not a valid id", field="id")
        if payment_id not in self.payments:
            raise unknown_id()
        return self.payments[payment_id]

    def refund(self, refund_id: str) -> Refund:
        """Raises RazorpayApiError for a malformed or unknown id."""
        if not REFUND_ID.fullmatch(refund_id):
            raise RazorpayApiError(f"{refund_id} is not a valid id", field="id")
        if refund_id not in self.refunds:
            raise unknown_id()
        return self.refunds[refund_id]

    def dispute(self, dispute_id: str) -> Dispute:
        """Raises RazorpayApiError for a malformed or unknown id."""
        if not DISPUTE_ID.fullmatch(dispute_id):
            raise RazorpayApiError(f"{dispute_id} is not a valid id", field="id")
        if dispute_id not in self.disputes:
            raise unknown_id()
        return self.disputes[dispute_id]

    def payments_of(self, order_id: str) -> list[Payment]:
        return [self.payments[payment_id] for payment_id in self.orders[order_id].payment_ids]

    def refunds_of(self, payment_id: str) -> list[Refund]:
        return [self.refunds[refund_id] for refund_id in self.payments[payment_id].refund_ids]

    def order_of(self, payment: Payment) -> Order | None:
        return None if payment.order_id is None else self.orders[payment.order_id]

    def schedule(self, due_at: float, action: str, subject_id: str) -> None:
        self.timer_count += 1
        heapq.heappush(self.timers, Timer(due_at, self.timer_count, action, subject_id))

    def emit_event(self, event_type: str, payment: Payment, **others: Order | Refund | Dispute) -> None:
        """Add an event to the outbox with snapshots of the payment and of `order`, `refund` or `dispute`."""
        entities: dict[str, Any] = {"payment": payment, **others}
        if "refund" in entities:  # Razorpay's refund events list the refund first
            entities = {"refund": entities["refund"], "payment": payment}
        wires = {name: entity.entity() for name, entity in entities.items()}
        self.emit_entities(event_type, wires, deliver=payment.webhooks)

    def emit_entities(self, event_type: str, entities: dict[str, Wire], *, deliver: bool = True) -> None:
        """Add an event with these entities to the outbox."""
        document = {
            "entity": "event",
            "account_id": self.settings.account_id,
            "event": event_type,
            "contains": list(entities),
            "payload": {name: {"entity": entity} for name, entity in entities.items()},
            "created_at": self.now(),
        }
        event_id = self.new_id("", self.outbox.events)
        self.outbox.add(event_id, event_type, document, self.clock.now(), deliver=deliver)
