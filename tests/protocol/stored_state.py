"""What a scenario stored: statuses, histories, scheduled polls, receipts, the inbox."""

import json
from datetime import timedelta
from typing import Any

from functions.payments.invariants.ledger import build_ledger
from functions.payments.invariants.registry import find_breaches
from functions.payments.reconciliation import ledger_comparison
from shared import clock
from shared.db import table_scan
from shared.db.entities import EnrollmentEvent, Payment, PaymentEvent, WebhookEvent
from shared.db.payments import payments
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront

HistoryStep = tuple[str, str, dict[str, Any]]
_BOOKKEEPING = ("version", "updated_at")


def payment_history(order_id: str) -> list[HistoryStep]:
    """(kind, source, changes) of each step after the creation of the order."""
    return [_step(each.evidence, each.source, each) for each in payments.history(order_id)][1:]


def enrollment_history(learner: Api, course_id: str) -> list[HistoryStep]:
    """(kind, source, changes) of each step of a learner's enrollment in a course."""
    found = store.query_all(keys.user(learner.user_id).pk, sk=EnrollmentEvent.sk.startswith(f"HISTORY#{course_id}#"))
    return [_step(each.why, each.source, each) for each in found if isinstance(each, EnrollmentEvent)]


def next_poll_at(payment: Payment) -> str | None:
    """The next poll, as day and time: "23 12:15"."""
    due: str | None = payment.gsi2sk
    return f"{due[8:10]} {due[11:16]}" if due else None


def ledger_totals(shop: Storefront, order_id: str) -> tuple[int, int]:
    """(captured, returned) of the order in Razorpay's statement, which our ledger must equal."""
    line = shop.control("GET", "statement")["by_order"][order_id]
    mine = ledger_comparison.local_side(shop.payment(order_id))
    returned = line["refunded"] - line["refund_pending"] + line["charged_back"]
    assert (mine.captured_amount(), mine.refunded_amount()) == (line["captured"], returned)
    return line["captured"], returned


def breaches(grace: timedelta | None = None) -> list[str]:
    """What the invariants report now."""
    ledger = build_ledger(table_scan.scan_all(), clock.now())
    limit = None if grace is None else ledger.as_of - grace
    return [str(each) for each in find_breaches(ledger, overdue_before=limit)]


def inbox_row(event_id: str) -> WebhookEvent | None:
    return store.get(WebhookEvent, keys.webhook(event_id))


def _step(why: str, source: str, entry: PaymentEvent | EnrollmentEvent) -> HistoryStep:
    changes = json.loads(entry.changes)
    return why, source, {name: value for name, value in changes.items() if name not in _BOOKKEEPING}
