"""Razorpay's deliveries: the signature over the raw bytes first, the effect and the inbox row in one transaction, then
2xx. What cannot be settled now is a 503, so that it comes again."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from shared.db import keys
from shared.gateways import razorpay
from tests.api import Api, Reply
from tests.conftest import SETTINGS
from tests.contents import contents, new_since
from tests.logs import logged
from tests.protocol.read_back import inbox, payment_steps
from tests.shop import PRICE, Shop

SECRET = SETTINGS["LMS_RAZORPAY_WEBHOOK_SECRET"]
NOBODY_KNOWS = "order_AAAAAAAAAAAAAA"


def deliver(body: Any, event_id: str | None = "evt_1", signature: str | None = "right") -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    if signature == "right":
        signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    named = {"x-razorpay-signature": signature, "x-razorpay-event-id": event_id}
    headers = {name: value for name, value in named.items() if value is not None}
    return Api().call("POST", "/api/payments/webhook", raw=raw, headers=headers, base64_body=True)


def about(order_id: str, event: str = "payment.captured", **payment: Any) -> dict[str, Any]:
    """An event with the payment of an order in it."""
    entity = {"id": "pay_AAAAAAAAAAAAAA", "order_id": order_id, "amount": PRICE, "currency": "INR", **payment}
    return {"event": event, "payload": {"payment": {"entity": {"status": event.split(".")[1], **entity}}}}


def of_type(shop: Shop, kind: str) -> Any:
    [event] = [each for each in shop.gateway.ledger.outbox.events.values() if each.type == kind]
    return event


def paid(shop: Shop, learner: Api) -> str:
    """The order, paid at the gateway; nothing is delivered yet."""
    order_id: str = shop.order(learner)["order_id"]
    shop.pay(order_id)
    return order_id


def test_the_three_events_of_a_purchase(shop: Shop, student: Api) -> None:
    order_id = paid(shop, student)
    told = [(event.id, event.type) for event in shop.gateway.ledger.outbox.events.values()]
    assert [kind for _, kind in told] == ["payment.authorized", "payment.captured", "order.paid"]

    assert [reply.json["outcome"] for reply in shop.deliver()] == ["granted", "captured", "no_change"]

    rows = [inbox(event_id) for event_id, _ in told]
    assert [(row.event, row.order_id, row.outcome) for row in rows if row] == [
        ("payment.authorized", order_id, "Authorized"),
        ("payment.captured", order_id, "Captured"),
        ("order.paid", order_id, "Captured"),
    ]
    now = shop.time.now()
    kept_until = int((now + timedelta(days=30)).timestamp())
    assert {(row.received_at, row.expires_at) for row in rows if row} == {(now, kept_until)}
    assert [step[:2] for step in payment_steps(order_id)] == [("Authorized", "webhook"), ("Captured", "webhook")]


def test_again_in_any_order_they_change_nothing(shop: Shop, student: Api) -> None:
    paid(shop, student)
    shop.deliver()
    before = contents()
    for event in reversed(shop.gateway.ledger.outbox.events.values()):
        assert shop.send(event).json == {"outcome": "no_change"}
    assert contents() == before


@pytest.mark.parametrize("signature", [None, "", "0" * 64], ids=["none", "empty", "made up"])
def test_without_the_right_signature_nothing_is_believed(shop: Shop, student: Api, signature: str | None) -> None:
    body = of_type(shop, "payment.captured").body.encode() if paid(shop, student) else b""
    before = contents()
    with logged() as lines:
        answer = deliver(body, signature=signature)
    assert (answer.status, answer.code) == (400, "signature_invalid")
    assert contents() == before
    line = json.loads(lines.getvalue().splitlines()[0])
    assert (line["level"], line["message"]) == ("WARNING", "webhook signature rejected")


@pytest.mark.parametrize("body", [b"", b"no json", b'{"event": ', b"\xff\xfe", b"[" * 100_000])
def test_what_is_signed_and_is_no_json_is_refused(table: str, body: bytes) -> None:
    answer = deliver(body)
    assert (answer.status, answer.code) == (400, "json_invalid")
    assert contents() == {}


@pytest.mark.parametrize("body", [None, [], "word", 1, {}, {"event": 7}, about(NOBODY_KNOWS, amount="499")])
def test_what_is_signed_and_not_as_documented_is_kept_and_acknowledged(table: str, body: Any) -> None:
    """A 4xx would make the gateway send it for a day, and then switch the endpoint off."""
    before = contents()
    answer = deliver(body)
    assert (answer.status, answer.json) == (200, {"outcome": "malformed"})
    assert new_since(before) == [keys.webhook("evt_1")]
    row = inbox("evt_1")
    assert row
    assert (row.event, row.order_id, row.outcome) == ("malformed", None, "malformed")
    assert deliver(body).json == {"outcome": "seen_before"}
    assert deliver(body, None).json == {"outcome": "malformed"}
    assert inbox(f"sha256:{hashlib.sha256(json.dumps(body).encode()).hexdigest()}")


@pytest.mark.parametrize(
    ("event", "order_id"),
    [("payment.dispute.won", NOBODY_KNOWS), ("invoice.paid", NOBODY_KNOWS), ("payment.captured", None)],
)
def test_what_we_have_no_use_for_is_kept_and_acknowledged(shop: Shop, event: str, order_id: str | None) -> None:
    before = contents()
    body = about(order_id or "", event, status="captured")
    assert deliver(body).json == {"outcome": "ignored"}
    assert new_since(before) == [keys.webhook("evt_1")]
    row = inbox("evt_1")
    assert row
    assert (row.event, row.order_id, row.outcome) == (event, order_id, "ignored")
    assert row.received_at == shop.time.now()
    assert deliver(body).json == {"outcome": "seen_before"}


@pytest.mark.parametrize("event_id", [None, "", "with a space", "é", "x" * 129])
def test_a_delivery_without_a_usable_id_is_known_by_its_bytes(table: str, event_id: str | None) -> None:
    raw = json.dumps(about("", "invoice.paid")).encode()
    assert deliver(raw, event_id).json == {"outcome": "ignored"}
    assert inbox(f"sha256:{hashlib.sha256(raw).hexdigest()}")
    assert deliver(raw, event_id).json == {"outcome": "seen_before"}


def test_the_longest_id_is_taken_as_it_is(table: str) -> None:
    assert deliver(about("", "invoice.paid"), "~" * 128).json == {"outcome": "ignored"}
    assert inbox("~" * 128)


def test_an_event_that_proves_two_things_has_both_effects(shop: Shop, student: Api) -> None:
    """A lost dispute is the first we hear of the capture: the course was never opened, and is not now."""
    order_id: str = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    shop.control("POST", f"payments/{checkout['razorpay_payment_id']}/dispute", {"status": "lost"})

    [reply] = shop.deliver("payment.dispute.lost")

    assert reply.json == {"outcome": "refunded"}
    assert [step[:2] for step in payment_steps(order_id)] == [("Captured", "webhook"), ("DisputeLost", "webhook")]
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    row = inbox(of_type(shop, "payment.dispute.lost").id)
    assert row
    assert row.outcome == "DisputeLost"


def test_an_order_of_ours_that_was_never_stored_is_adopted(shop: Shop, student: Api, asked: list[str]) -> None:
    order_id = unstored(shop, student)
    asked.clear()
    assert [reply.json["outcome"] for reply in shop.deliver()] == ["granted", "captured", "no_change"]
    assert asked == [f"GET /v1/orders/{order_id}"]
    assert shop.states(student, order_id) == ("captured", "active")


def test_an_event_that_proves_two_things_of_an_order_never_stored(shop: Shop, student: Api) -> None:
    order_id = unstored(shop, student)
    payment_id = next(iter(shop.gateway.ledger.payments))
    shop.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    assert [reply.json["outcome"] for reply in shop.deliver("payment.dispute.lost")] == ["refunded"]
    assert [step[0] for step in payment_steps(order_id)] == ["Captured", "DisputeLost"]
    assert shop.states(student, order_id) == ("refunded", "cancelled")


def test_an_order_of_another_product_is_kept_in_the_inbox_alone(shop: Shop) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_theirs", {"shop": "another"})["id"]
    shop.pay(order_id)
    before = contents()
    assert [reply.json for reply in shop.deliver("payment.captured")] == [{"outcome": "not_ours"}]
    event = of_type(shop, "payment.captured")
    assert new_since(before) == [keys.webhook(event.id)]
    row = inbox(event.id)
    assert row
    assert (row.event, row.order_id, row.outcome) == ("payment.captured", order_id, "not_ours")


def test_while_nobody_can_say_whose_an_order_is_its_event_comes_again(shop: Shop, student: Api) -> None:
    order_id = unstored(shop, student)
    before = contents()
    shop.control("POST", "faults", {"kind": "503"})
    [answer] = shop.deliver("payment.captured")
    assert (answer.status, answer.code) == (503, "event_unclear")
    assert answer.headers["Retry-After"] == "2"
    assert contents() == before
    assert shop.send(of_type(shop, "payment.captured")).json == {"outcome": "granted"}
    assert shop.states(student, order_id) == ("captured", "active")


def unstored(shop: Shop, learner: Api) -> str:
    """A paid order whose making was never stored: the function died between the gateway's answer and its write."""
    notes = {"stage": "local", "user_id": learner.user_id, "course_id": shop.course.course_id}
    order_id: str = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(order_id)
    return order_id
