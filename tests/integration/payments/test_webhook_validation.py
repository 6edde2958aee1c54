"""F27, F28, F29, F31, F32: an unsigned event changes nothing, and a signed event without use is recorded."""

import base64
import hashlib
import hmac
import json
from collections import Counter
from typing import Any

import pytest

from functions.payments import razorpay_evidence, webhook_handler, webhook_replay
from shared.db.payments import payments, webhook_inbox
from shared.db.table import keys
from shared.db.table.keys import Key
from tests.conftest import SETTINGS, reset_settings
from tests.fault_injection.conftest import FULL_RUN
from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import added_keys, snapshot
from tests.integration.payments.test_concurrency import run_concurrently

SECRET = SETTINGS["LMS_RAZORPAY_WEBHOOK_SECRET"]
PATH = "/api/payments/webhook"


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post(body: bytes, signature: str | None, event_id: str | None = "evt_1", **keywords: Any) -> Reply:
    named = {"x-razorpay-signature": signature, "x-razorpay-event-id": event_id}
    headers = {"content-type": "application/json", **{k: v for k, v in named.items() if v is not None}}
    return Api().call("POST", PATH, raw=body, headers=headers, **keywords)


def post_signed(document: Any, event_id: str | None = "evt_1") -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return post(body, sign(body), event_id)


@pytest.fixture
def captured_event_body(shop: Storefront, student: Api) -> bytes:
    """The body of a `payment.captured` event for a pending order."""
    shop.pay(shop.create_order(student)["order_id"])
    [event] = [each for each in shop.gateway.ledger.outbox.events.values() if each.type == "payment.captured"]
    body: str = event.body
    return body.encode()


def digest_key(body: bytes) -> Key:
    return keys.webhook(f"sha256:{hashlib.sha256(body).hexdigest()}")


def test_f27_webhook_with_invalid_signature_returns_400_and_changes_nothing(captured_event_body: bytes) -> None:
    before, right = snapshot(), sign(captured_event_body)
    wrong = {
        "missing": None,
        "empty": "",
        "zeros": "0" * 64,
        "upper case": right.upper(),
        "not ASCII": right[:-1] + "é",
        "a lone surrogate": right[:-1] + "\udc80",
        "one short": right[:-1],
        "padded": f" {right}",
        "twice": f"{right},{right}",
        "prefixed": f"sha256={right}",
        "another secret": sign(captured_event_body, "another"),
        "the empty secret": sign(captured_event_body, ""),
        "the secret of the API key": sign(captured_event_body, SETTINGS["LMS_RAZORPAY_KEY_SECRET"]),
        "base64": base64.b64encode(bytes.fromhex(right)).decode(),
        "a megabyte": "a" * 1_000_000,
    }
    assert right != right.upper()
    for name, signature in wrong.items():
        reply = post(captured_event_body, signature)
        assert (name, reply.status, reply.code) == (name, 400, "signature_invalid")
        assert right not in reply.text
    assert snapshot() == before
    assert post(captured_event_body, right).json == {"outcome": "granted"}


def test_f27_c5_webhook_with_altered_body_returns_400_and_changes_nothing(captured_event_body: bytes) -> None:
    before, right = snapshot(), sign(captured_event_body)
    changed = [
        captured_event_body[:at] + bytes([captured_event_body[at] ^ 1]) + captured_event_body[at + 1 :]
        for at in range(0, len(captured_event_body), 37)
    ]
    changed += [
        captured_event_body + b" ",
        b" " + captured_event_body,
        captured_event_body[:-1],
        json.dumps(json.loads(captured_event_body)).encode() + b"\n",
        b"",
    ]
    for body in changed:
        reply = post(body, right, base64_body=True)
        assert (reply.status, reply.code) == (400, "signature_invalid")
    assert snapshot() == before


def test_f27_webhook_base64_body_is_verified_against_decoded_bytes(captured_event_body: bytes) -> None:
    before, encoded = snapshot(), base64.b64encode(captured_event_body)
    assert post(captured_event_body, sign(encoded), base64_body=True).code == "signature_invalid"
    event = {
        "rawPath": PATH,
        "headers": {"x-razorpay-signature": sign(captured_event_body), "x-razorpay-event-id": "evt_1"},
        "requestContext": {"http": {"method": "POST"}},
        "isBase64Encoded": True,
    }
    for broken in ("not base64!", encoded.decode()[:-1], encoded.decode() + "\n"):
        answer = webhook_handler.lambda_handler({**event, "body": broken}, None)
        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "bad_request")
    assert snapshot() == before
    assert post(captured_event_body, sign(captured_event_body), base64_body=True).json == {"outcome": "granted"}


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b'{"event": ', b"\xff\xfe\x00", b"[" * 100_000, b'{"a":' * 40_000, b"1" * 5_000],
    ids=["empty", "words", "cut", "binary", "deep lists", "deep objects", "a huge number"],
)
def test_f32_webhook_with_non_json_body_is_kept_with_its_body(shop: Storefront, body: bytes) -> None:
    before = snapshot()
    reply = post(body, sign(body), base64_body=True)
    assert (reply.status, reply.json) == (200, {"outcome": "malformed"})
    assert added_keys(before) == [keys.webhook("evt_1")]
    assert [webhook_inbox.kept_body(event) for event in webhook_replay.unreadable_events(10)] == [body]


def test_f32_webhook_unreadable_of_256_kib_is_kept_and_replayed(
    captured_event_body: bytes, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The largest body that is kept fits into an item, and several of them are listed in pages of 1 MB."""
    [order_id] = shop.gateway_order_ids()
    largest = captured_event_body.replace(b'"captured"', b'"settled"', 1).ljust(262_144)
    for number in range(8):
        assert post_signed(largest, f"evt_{number}").json == {"outcome": "malformed"}
    assert [event.event_id for event in webhook_replay.unreadable_events(7)] == [f"evt_{n}" for n in range(7)]
    assert webhook_replay.replay("evt_0") == "still unreadable"
    read = razorpay_evidence.from_payment
    monkeypatch.setattr(razorpay_evidence, "from_payment", lambda entity: read({**entity, "status": "captured"}))
    assert webhook_replay.replay("evt_0") == "granted"
    assert [webhook_replay.replay(each.event_id) for each in webhook_replay.unreadable_events(10)] == ["no_change"] * 7
    assert list(webhook_replay.unreadable_events(10)) == []
    assert shop.states(student, order_id) == ("captured", "active")


def test_f29_c4_webhook_with_unused_event_is_stored_and_returns_200_ignored(shop: Storefront) -> None:
    before = snapshot()
    documents: dict[str, Any] = {
        "evt_unknown": {"event": "subscription.charged", "payload": {}},
        "evt_settled": {"event": "settlement.processed", "payload": {"settlement": {"entity": {"id": "setl_1"}}}},
        "evt_no_order": {
            "event": "payment.captured",
            "payload": {"payment": {"entity": {"id": "pay_1", "order_id": None}}},
        },
        "evt_odd_order": {"event": "invoice.paid", "payload": {"order": {"entity": {"id": "order_'; drop"}}}},
        "evt_bare": {"event": "subscription.charged"},
    }
    for event_id, document in documents.items():
        assert (event_id, post_signed(document, event_id).json) == (event_id, {"outcome": "ignored"})
    assert added_keys(before) == sorted(keys.webhook(event_id) for event_id in documents)
    assert {post_signed(document, event_id).json["outcome"] for event_id, document in documents.items()} == {
        "seen_before"
    }


@pytest.mark.parametrize("document", [[], "text", 7, None, True, {}, [{"event": "x"}]])
def test_f32_webhook_with_non_object_json_is_stored_as_malformed(shop: Storefront, document: Any) -> None:
    before = snapshot()
    reply = post_signed(document)
    assert (reply.status, reply.json) == (200, {"outcome": "malformed"})
    assert added_keys(before) == [keys.webhook("evt_1")]


BROKEN_FIELDS: dict[str, Any] = {
    "amount": ["49900", 499.0, True, None, [], {}, 10**400],
    "currency": [None, [], {}, 7],
    "id": [None, 7, [], {}, "", "pay_short", "pay_" + "A" * 5_000, "\ud800"],
    "status": [[], {}],
    "order_id": [[], {}, 7, "order_short", "\ud800"],
}


@pytest.mark.parametrize("name", BROKEN_FIELDS)
def test_f32_webhook_with_broken_payment_field_is_stored_without_effect(captured_event_body: bytes, name: str) -> None:
    before = snapshot()
    for number, value in enumerate([*BROKEN_FIELDS[name], "absent"]):
        document = json.loads(captured_event_body)
        document["payload"].pop("order", None)
        document["payload"]["payment"]["entity"][name] = value
        if value == "absent":
            del document["payload"]["payment"]["entity"][name]
        reply = post_signed(document, f"evt_{number}")
        assert (value, reply.status) == (value, 200)
        assert reply.json["outcome"] in ("malformed", "ignored")
    assert len(added_keys(before)) == len(BROKEN_FIELDS[name]) + 1


@pytest.mark.parametrize("part", ["payload", "payment", "entity"])
def test_f32_webhook_with_missing_payload_part_is_stored_without_effect(captured_event_body: bytes, part: str) -> None:
    before = snapshot()
    shapes: list[Any] = [None, [], "text", 7, {}]
    for number, shape in enumerate(shapes):
        document = json.loads(captured_event_body)
        if part == "payload":
            document["payload"] = shape
        elif part == "payment":
            document["payload"]["payment"] = shape
        else:
            document["payload"]["payment"]["entity"] = shape
        reply = post_signed(document, f"evt_{number}")
        assert (shape, reply.status) == (shape, 200)
        assert reply.json["outcome"] in ("malformed", "ignored")
    assert len(added_keys(before)) == len(shapes)


def test_f32_webhook_with_invalid_event_name_is_stored_as_malformed(shop: Storefront) -> None:
    before = snapshot()
    names: list[Any] = ["", None, 7, [], {"a": 1}, "Payment captured", "x" * 65, "x" * 500_000, "\ud800", "\x00\r\n"]
    for number, name in enumerate(names):
        reply = post_signed({"event": name, "payload": {}}, f"evt_{number}")
        assert (reply.status, reply.json) == (200, {"outcome": "malformed"})
    assert len(added_keys(before)) == len(names)


@pytest.mark.parametrize(
    "event_id", [None, "", "x" * 10_000, "x" * 129, "a b", "a\r\nb", "\x00", "é", "\udc80"], ids=ascii
)
def test_f27_webhook_with_invalid_event_id_uses_body_digest_as_id(
    captured_event_body: bytes, event_id: str | None
) -> None:
    before = snapshot()
    assert post(captured_event_body, sign(captured_event_body), event_id).json == {"outcome": "granted"}
    now = snapshot()
    assert digest_key(captured_event_body) in now
    assert [key for key in now if key.pk.startswith("WEBHOOK#")] == [digest_key(captured_event_body)]
    assert post(captured_event_body, sign(captured_event_body), event_id).json == {"outcome": "no_change"}
    assert snapshot() == now
    assert digest_key(captured_event_body) not in before


def test_f22_webhook_with_known_event_id_has_no_second_effect(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    events = {each.type: each.body.encode() for each in shop.gateway.ledger.outbox.events.values()}
    assert post_signed(events["payment.captured"], "evt_x" * 25).json == {"outcome": "granted"}
    assert keys.webhook("evt_x" * 25) in snapshot()
    assert post_signed(events["order.paid"], "evt_paid").json == {"outcome": "no_change"}
    whole = shop.control("POST", f"payments/{checkout['razorpay_payment_id']}/refund", {"amount": PRICE})
    shop.control("POST", f"refunds/{whole['id']}/process")
    [refunded] = [e.body.encode() for e in shop.gateway.ledger.outbox.events.values() if e.type == "refund.processed"]
    before = snapshot()
    assert post_signed(refunded, "evt_paid").json == {"outcome": "no_change"}
    assert snapshot() == before
    assert post_signed(refunded, "evt_refund").json == {"outcome": "refunded"}
    assert shop.states(student, order_id) == ("refunded", "cancelled")


def test_f28_webhook_accepts_old_and_new_secret_during_rotation(
    captured_event_body: bytes, shop: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_RAZORPAY_WEBHOOK_SECRET", "newer, older")
    for rejected in ("newest", "newer, older", "newer,", "older ", "", SECRET):
        assert post(captured_event_body, sign(captured_event_body, rejected)).code == "signature_invalid"
    assert post(captured_event_body, sign(captured_event_body, "older")).json == {"outcome": "granted"}
    assert post(captured_event_body, sign(captured_event_body, "newer"), "evt_2").json == {"outcome": "no_change"}


@pytest.mark.parametrize("unusable", ["", " ", ",", "one,", "one,,two", "one,two,three"])
def test_f28_webhook_with_unusable_secret_setting_returns_500_and_changes_nothing(
    captured_event_body: bytes, monkeypatch: pytest.MonkeyPatch, unusable: str
) -> None:
    before = snapshot()
    monkeypatch.setenv("LMS_RAZORPAY_WEBHOOK_SECRET", unusable)
    for guess in {"", unusable, *unusable.split(",")}:
        reply = post(captured_event_body, sign(captured_event_body, guess))
        assert (reply.status, reply.code) == (500, "internal_error")
        assert "LMS_" not in reply.text
    assert snapshot() == before


def test_f27_webhook_body_over_1_mib_returns_413_and_changes_nothing(shop: Storefront) -> None:
    before = snapshot()
    largest = json.dumps({"event": "some.event", "payload": {}}).encode().ljust(1_048_576)
    reply = post(largest + b" ", sign(largest + b" "))
    assert (reply.status, reply.code) == (413, "body_too_large")
    assert snapshot() == before
    assert post(largest, sign(largest)).json == {"outcome": "ignored"}
    assert post(b"x" * 1_048_576, sign(b"x" * 1_048_576), "evt_2").json == {"outcome": "malformed"}


def test_f27_webhook_with_other_method_returns_405(captured_event_body: bytes) -> None:
    before = snapshot()
    for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD"):
        event = {
            "rawPath": PATH,
            "headers": {"x-razorpay-signature": sign(captured_event_body)},
            "requestContext": {"http": {"method": method}},
            "body": captured_event_body.decode(),
        }
        answer = webhook_handler.lambda_handler(event, None)
        assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "POST")
    assert snapshot() == before


@pytest.mark.timeout(300)
def test_f31_webhook_burst_of_duplicates_has_one_effect(captured_event_body: bytes, shop: Storefront) -> None:
    """A hundred webhooks; a thousand in a full run (`make test-engines`)."""
    each_of_25 = 40 if FULL_RUN else 4
    order_id = json.loads(captured_event_body)["payload"]["payment"]["entity"]["order_id"]
    signature = sign(captured_event_body)

    def sent(_: int) -> list[Reply]:
        """As Razorpay does, sends a webhook again that got a 503 because the engine was overloaded."""
        delivered: list[Reply] = []
        for _ in range(each_of_25):
            reply = next(
                (each for each in (post(captured_event_body, signature) for _ in range(10)) if each.status != 503), None
            )
            assert reply
            delivered.append(reply)
        return delivered

    replies = [reply for each in run_concurrently(sent, 25) for reply in each]
    assert Counter(reply.status for reply in replies) == {200: 25 * each_of_25}
    assert Counter(reply.json["outcome"] for reply in replies) == {"granted": 1, "no_change": 25 * each_of_25 - 1}
    assert [each.evidence for each in payments.history(order_id)] == ["order_created", "Captured"]
    assert shop.payment(order_id).captured_amount == PRICE
    assert [key for key in snapshot() if key.pk.startswith("WEBHOOK#")] == [keys.webhook("evt_1")]


def test_f28_webhook_uses_new_secret_after_settings_reload(
    captured_event_body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_RAZORPAY_WEBHOOK_SECRET", "rotated")
    reset_settings()
    assert post(captured_event_body, sign(captured_event_body)).code == "signature_invalid"
    assert post(captured_event_body, sign(captured_event_body, "rotated")).json == {"outcome": "granted"}
