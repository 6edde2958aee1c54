"""The ledger as one JSON file, written whole or not at all."""

import dataclasses
import heapq
import json
import os
from pathlib import Path
from typing import Any

from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.state.entities import Dispute, Order, Payment, Refund
from local.razorpay.state.ledger import Timer
from local.razorpay.state.outbox import Attempt, Event


def snapshot(gateway: FakeRazorpay) -> dict[str, Any]:
    """A JSON-ready copy of everything but settings and faults; the caller holds `gateway.changed`."""
    ledger = gateway.ledger
    return {
        "orders": [dataclasses.asdict(order) for order in ledger.orders.values()],
        "payments": [dataclasses.asdict(payment) for payment in ledger.payments.values()],
        "refunds": [dataclasses.asdict(made) for made in ledger.refunds.values()],
        "disputes": [dataclasses.asdict(made) for made in ledger.disputes.values()],
        "events": [dataclasses.asdict(event) for event in ledger.outbox.events.values()],
        "timers": [dataclasses.asdict(timer) for timer in ledger.timers],
        "refund_keys": ledger.refund_keys,
        "clock_ahead": gateway.clock.offset_seconds,
    }


def save(path: Path, state: dict[str, Any]) -> None:
    partial = path.with_name(path.name + ".partial")
    with partial.open("w") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load(path: Path, gateway: FakeRazorpay) -> None:
    """Fills an empty gateway. A delivery that was under way when the file was written is tried again."""
    state = json.loads(path.read_text())
    ledger = gateway.ledger
    ledger.orders = {fields["id"]: Order(**fields) for fields in state["orders"]}
    ledger.payments = {fields["id"]: Payment(**fields) for fields in state["payments"]}
    ledger.refunds = {fields["id"]: Refund(**fields) for fields in state["refunds"]}
    ledger.disputes = {fields["id"]: Dispute(**fields) for fields in state["disputes"]}
    for order in ledger.orders.values():
        if order.receipt is not None:
            ledger.receipts.setdefault(order.receipt, order.id)
    ledger.refund_keys = {key: (fingerprint, id_) for key, (fingerprint, id_) in state["refund_keys"].items()}
    ledger.timers = [Timer(**fields) for fields in state["timers"]]
    heapq.heapify(ledger.timers)
    ledger.timer_count = max((timer.number for timer in ledger.timers), default=0)
    for fields in state["events"]:
        attempts = [Attempt(**attempt) for attempt in fields.pop("attempts")]
        event = Event(**fields, attempts=attempts)
        event.state = "due" if event.state == "in_flight" else event.state
        ledger.outbox.events[event.id] = event
        if event.state == "due":
            ledger.outbox.pending[event.id] = event
    gateway.clock.offset_seconds = state["clock_ahead"]
