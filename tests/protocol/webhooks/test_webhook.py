"""Razorpay's deliveries: the signature over the raw bytes first, effect and inbox item in one transaction, then 2xx. An
event that cannot be settled now is a 503, so that Razorpay retries it."""

import hashlib
import json
from datetime import timedelta

import pytest

from shared.db.table import keys
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import added_keys, snapshot
from tests.protocol.stored_state import inbox_row, payment_history
from tests.protocol.webhooks.signed_delivery import deliver, outbox_event, payment_event

UNKNOWN_ORDER_ID = "order_AAAAAAAAAAAAAA"


def create_paid_order(shop: Storefront, learner: Api) -> str:
    """The id of an order that is paid at Razorpay; no webhook is delivered yet."""
    order_id: str = shop.create_order(learner)["order_id"]
    shop.pay(order_id)
    return order_id


def test_webhook_three_purchase_events_grant_capture_and_fill_inbox(shop: Storefront, student: Api) -> None:
    order_id = create_paid_order(shop, student)
    events = [(event.id, event.type) for event in shop.gateway.ledger.outbox.events.values()]
    assert [kind for _, kind in events] == ["payment.authorized", "payment.captured", "order.paid"]

    assert [reply.json["outcome"] for reply in shop.deliver()] == ["granted", "captured", "no_change"]

    rows = [inbox_row(event_id) for event_id, _ in events]
    assert [(row.event, row.order_id, row.outcome) for row in rows if row] == [
        ("payment.authorized", order_id, "Authorized"),
        ("payment.captured", order_id, "Captured"),
        ("order.paid", order_id, "Captured"),
    ]
    now = shop.clock.now()
    kept_until = int((now + timedelta(days=30)).timestamp())
    assert {(row.received_at, row.expires_at) for row in rows if row} == {(now, kept_until)}
    assert [step[:2] for step in payment_history(order_id)] == [("Authorized", "webhook"), ("Captured", "webhook")]


def test_webhook_repeated_events_in_reverse_order_change_nothing(shop: Storefront, student: Api) -> None:
    create_paid_order(shop, student)
    shop.deliver()
    before = snapshot()
    for event in reversed(shop.gateway.ledger.outbox.events.values()):
        assert shop.send(event).json == {"outcome": "no_change"}
    assert snapshot() == before


@pytest.mark.parametrize("signature", [None, "", "0" * 64], ids=["none", "empty", "made up"])
def test_webhook_missing_or_wrong_signature_returns_400_and_is_logged(
    shop: Storefront, student: Api, signature: str | None
) -> None:
    body = outbox_event(shop, "payment.captured").body.encode() if create_paid_order(shop, student) else b""
    before = snapshot()
    with captured_logs() as lines:
        answer = deliver(body, signature=signature)
    assert (answer.status, answer.code) == (400, "signature_invalid")
    assert snapshot() == before
    line = json.loads(lines.getvalue().splitlines()[0])
    assert (line["level"], line["message"]) == ("WARNING", "webhook signature rejected")


@pytest.mark.parametrize(
    ("event", "order_id"),
    [("payment.downtime.started", UNKNOWN_ORDER_ID), ("invoice.paid", UNKNOWN_ORDER_ID), ("payment.captured", None)],
)
def test_webhook_unused_event_is_stored_and_acknowledged(shop: Storefront, event: str, order_id: str | None) -> None:
    before = snapshot()
    body = payment_event(order_id, event, status="captured")
    assert deliver(body).json == {"outcome": "ignored"}
    assert added_keys(before) == [keys.webhook("evt_1")]
    row = inbox_row("evt_1")
    assert row
    assert (row.event, row.order_id, row.outcome) == (event, order_id, "ignored")
    assert row.received_at == shop.clock.now()
    assert deliver(body).json == {"outcome": "seen_before"}


@pytest.mark.parametrize("event_id", [None, "", "with a space", "é", "x" * 129])
def test_webhook_without_usable_event_id_is_identified_by_body_hash(table: str, event_id: str | None) -> None:
    raw = json.dumps(payment_event(None, "invoice.paid")).encode()
    assert deliver(raw, event_id).json == {"outcome": "ignored"}
    assert inbox_row(f"sha256:{hashlib.sha256(raw).hexdigest()}")
    assert deliver(raw, event_id).json == {"outcome": "seen_before"}


def test_webhook_event_id_of_128_characters_is_stored_unchanged(table: str) -> None:
    assert deliver(payment_event(None, "invoice.paid"), "~" * 128).json == {"outcome": "ignored"}
    assert inbox_row("~" * 128)


def test_webhook_lost_dispute_of_pending_order_applies_both_effects(shop: Storefront, student: Api) -> None:
    """A lost dispute is the first report of the capture: the course was never granted, and is not granted now."""
    order_id: str = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    shop.control("POST", f"payments/{checkout['razorpay_payment_id']}/dispute", {"status": "lost"})

    [reply] = shop.deliver("payment.dispute.lost")

    assert reply.json == {"outcome": "refunded"}
    assert [step[:2] for step in payment_history(order_id)] == [
        ("Captured", "webhook"),
        ("dispute_reported", "webhook"),
    ]
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    row = inbox_row(outbox_event(shop, "payment.dispute.lost").id)
    assert row
    assert row.outcome == "dispute_reported"


def test_webhook_orphaned_order_is_adopted(shop: Storefront, student: Api, gateway_calls: list[str]) -> None:
    order_id = create_orphaned_paid_order(shop, student)
    gateway_calls.clear()
    assert [reply.json["outcome"] for reply in shop.deliver()] == ["granted", "captured", "no_change"]
    assert gateway_calls == [f"GET /v1/orders/{order_id}"]
    assert shop.states(student, order_id) == ("captured", "active")


def test_webhook_lost_dispute_of_orphaned_order_applies_both_effects(shop: Storefront, student: Api) -> None:
    order_id = create_orphaned_paid_order(shop, student)
    payment_id = next(iter(shop.gateway.ledger.payments))
    shop.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    assert [reply.json["outcome"] for reply in shop.deliver("payment.dispute.lost")] == ["refunded"]
    assert [step[0] for step in payment_history(order_id)] == ["Captured", "dispute_reported"]
    assert shop.states(student, order_id) == ("refunded", "cancelled")


def test_webhook_unknown_order_while_gateway_fails_returns_503_then_granted(shop: Storefront, student: Api) -> None:
    order_id = create_orphaned_paid_order(shop, student)
    before = snapshot()
    shop.control("POST", "faults", {"kind": "503"})
    [answer] = shop.deliver("payment.captured")
    assert (answer.status, answer.code) == (503, "event_unclear")
    assert answer.headers["Retry-After"] == "2"
    assert snapshot() == before
    assert shop.send(outbox_event(shop, "payment.captured")).json == {"outcome": "granted"}
    assert shop.states(student, order_id) == ("captured", "active")


def create_orphaned_paid_order(shop: Storefront, learner: Api) -> str:
    """A paid order that was never stored: the function crashed between Razorpay's response and the write."""
    notes = {"stage": "local", "user_id": learner.user_id, "course_id": shop.course.course_id}
    order_id: str = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(order_id)
    return order_id
