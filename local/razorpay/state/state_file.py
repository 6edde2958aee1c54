"""Save and load the ledger as one JSON file, written atomically."""

import dataclasses
import heapq
import json
import os
from pathlib import Path
from typing import Any

from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.state.adjustment import Adjustment
from local.razorpay.state.dispute import Dispute
from local.razorpay.state.entities import Order, Payment, Refund
from local.razorpay.state.ledger import Timer
from local.razorpay.state.outbox import Attempt, Event


def snapshot(fake: FakeRazorpay) -> dict[str, Any]:
    """A JSON-ready copy of all state except settings and faults; the caller holds `fake.changed`."""
    ledger = fake.ledger
    return {
        "orders": [dataclasses.asdict(order) for order in ledger.orders.values()],
        "payments": [dataclasses.asdict(payment) for payment in ledger.payments.values()],
        "refunds": [dataclasses.asdict(refund) for refund in ledger.refunds.values()],
        "disputes": [dataclasses.asdict(dispute) for dispute in ledger.disputes.values()],
        "adjustments": [dataclasses.asdict(adjustment) for adjustment in ledger.adjustments.values()],
        "events": [dataclasses.asdict(event) for event in ledger.outbox.events.values()],
        "timers": [dataclasses.asdict(timer) for timer in ledger.timers],
        "refund_keys": ledger.refund_keys,
        "clock_ahead": fake.clock.offset_seconds,
    }


def save(path: Path, state: dict[str, Any]) -> None:
    partial = path.with_name(path.name + ".partial")
    with partial.open("w") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load(path: Path, fake: FakeRazorpay) -> None:
    """Load the state into an empty fake. A delivery that was in flight when the file was written is retried."""
    state = json.loads(path.read_text())
    ledger = fake.ledger
    ledger.orders = {fields["id"]: Order(**fields) for fields in state["orders"]}
    ledger.payments = {fields["id"]: Payment(**fields) for fields in state["payments"]}
    ledger.refunds = {fields["id"]: _refund(fields) for fields in state["refunds"]}
    ledger.disputes = {fields["id"]: _dispute(fields) for fields in state["disputes"]}
    ledger.adjustments = {fields["id"]: Adjustment(**fields) for fields in state.get("adjustments", [])}
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
    fake.clock.offset_seconds = state["clock_ahead"]


def _dispute(fields: dict[str, Any]) -> Dispute:
    """A dispute of the state file. An older file has neither `respond_by`, `amount_deducted` nor `deductions`."""
    deducted = fields.get("amount_deducted", fields["amount"] if fields["status"] == "lost" else 0)
    deductions = [(fields["created_at"], deducted)] if deducted else []
    added = {"respond_by": fields["created_at"] + 7 * 86_400, "amount_deducted": deducted, "deductions": deductions}
    return Dispute(**{**added, **fields})


def _refund(fields: dict[str, Any]) -> Refund:
    """A refund of the state file. An older file has no `processed_at`."""
    processed_at = fields["created_at"] if fields["status"] == "processed" else None
    return Refund(**{"processed_at": processed_at, **fields})
