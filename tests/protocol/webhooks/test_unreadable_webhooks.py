"""Story 9: a signed webhook that cannot be read is kept with its body, counted, and replayed after a fix."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from cli import replay_webhooks
from functions.payments import razorpay_evidence, webhook, webhook_replay
from shared.db.entities import WebhookEvent
from shared.db.payments import webhook_inbox
from shared.db.table import keys
from shared.history_kinds import EvidenceKind
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.logs import captured_logs
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_snapshot import added_keys, snapshot
from tests.protocol.stored_state import breaches, inbox_row, payment_history
from tests.protocol.webhooks.signed_delivery import deliver, payment_event

ORDER_ID = "order_AAAAAAAAAAAAAA"
EMAIL = "canary.bird@example.com"
UNREADABLE_BODIES = {
    "empty": b"",
    "words": b"no json",
    "cut": b'{"event": ',
    "binary": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
    "null": b"null",
    "list": b"[]",
    "no event": b"{}",
    "event is a number": b'{"event": 7}',
    "no payload": json.dumps({"event": "payment.captured"}).encode(),
    "amount is text": json.dumps(payment_event(ORDER_ID, amount="499")).encode(),
    "unknown status": json.dumps(payment_event(ORDER_ID, status="settled")).encode(),
    "order of another form": json.dumps(payment_event("ordr_1")).encode(),
    "refund is missing": json.dumps(payment_event(ORDER_ID, "refund.processed", status="captured")).encode(),
}


def unreadable_rows() -> list[WebhookEvent]:
    return list(webhook_replay.unreadable_events(1_000))


def fix_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fix of a later version of the code: it knows the status `settled` of a payment."""
    read = razorpay_evidence.from_payment

    def from_payment(payment: dict[str, Any]) -> Any:
        return read({**payment, "status": "captured"} if payment["status"] == "settled" else payment)

    monkeypatch.setattr(razorpay_evidence, "from_payment", from_payment)


@pytest.fixture
def unreadable_order_id(shop: Storefront, student: Api) -> str:
    """The id of an order that is paid at Razorpay, and whose only webhook (`evt_1`) could not be read."""
    order_id: str = shop.create_order(student)["order_id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    body = payment_event(order_id, id=payment_id, status="settled", email=EMAIL)
    assert deliver(body).json == {"outcome": "malformed"}
    assert shop.states(student, order_id) == ("pending", "pending")
    return order_id


@pytest.mark.parametrize("body", UNREADABLE_BODIES.values(), ids=UNREADABLE_BODIES)
def test_webhook_unreadable_is_acknowledged_and_kept_with_its_body(
    table: str, fake_clock: FakeClock, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    before, now = snapshot(), fake_clock.now()
    answer = deliver(body)
    assert (answer.status, answer.json) == (200, {"outcome": "malformed"})
    assert added_keys(before) == [keys.webhook("evt_1")]
    row = inbox_row("evt_1")
    assert row
    assert (row.order_id, row.outcome, row.received_at) == (None, "malformed", now)
    assert (row.body, row.body_size) == (base64.b64encode(body).decode(), len(body))
    assert webhook_inbox.kept_body(row) == body
    assert row.expires_at == int((now + timedelta(days=30)).timestamp())
    assert emitted_metrics(capsys) == {("webhook", "webhooks_unreadable"): 1}
    assert [each.event_id for each in unreadable_rows()] == ["evt_1"]


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (payment_event(ORDER_ID, amount="499"), "payment.captured"),
        ({"event": "order.paid", "payload": 7}, "order.paid"),
        ({"event": EMAIL}, "malformed"),
        (b"no json", "malformed"),
    ],
    ids=["a known event", "no payload", "no event type", "no JSON"],
)
def test_webhook_unreadable_stores_its_event_type_if_it_names_one(table: str, body: Any, event: str) -> None:
    deliver(body)
    row = inbox_row("evt_1")
    assert row
    assert row.event == event


def test_webhook_unreadable_repeated_is_stored_once(table: str, fake_clock: FakeClock) -> None:
    deliver(b"no json")
    before = snapshot()
    fake_clock.advance(minutes=5)
    assert deliver(b"no json").json == {"outcome": "seen_before"}
    assert snapshot() == before
    assert deliver(b"no json", None).json == {"outcome": "malformed"}
    assert inbox_row(f"sha256:{hashlib.sha256(b'no json').hexdigest()}")


def test_webhook_unreadable_larger_than_256_kib_is_counted_and_stored_without_its_body(
    table: str, fake_clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    largest = b"x" * 262_144
    assert deliver(largest, "evt_largest").json == {"outcome": "malformed"}
    capsys.readouterr()
    with captured_logs() as log:
        answer = deliver(largest + b"x", "evt_larger")
    assert (answer.status, answer.json) == (200, {"outcome": "malformed"})
    assert emitted_metrics(capsys) == {("webhook", "webhooks_unreadable"): 1}
    [line] = [json.loads(each) for each in log.getvalue().splitlines() if "webhook unreadable" in each]
    assert (line["level"], line["event_id"], line["bytes"]) == ("ERROR", "evt_larger", 262_145)
    kept, dropped = inbox_row("evt_largest"), inbox_row("evt_larger")
    assert kept
    assert dropped
    assert (webhook_inbox.kept_body(kept), kept.body_size) == (largest, 262_144)
    assert (webhook_inbox.kept_body(dropped), dropped.body_size) == (None, 262_145)
    assert dropped.expires_at == int((fake_clock.now() + timedelta(days=30)).timestamp())
    assert "body" not in snapshot()[keys.webhook("evt_larger")]


def test_webhook_unreadable_without_its_body_stays_listed_and_is_never_replayed(table: str) -> None:
    deliver(b"x" * 262_145, "evt_larger")
    before = snapshot()
    assert webhook_replay.replay("evt_larger") == "body was too large to be kept"
    code, output = run_command(replay_webhooks.command, "--apply")
    assert (code, output.splitlines()[-1]) == (1, "1 events, 1 left")
    assert output.splitlines()[0].endswith("evt_larger: body was too large to be kept")
    assert deliver(b"x" * 262_145, "evt_larger").json == {"outcome": "seen_before"}
    assert snapshot() == before


def test_webhook_readable_larger_than_256_kib_is_applied(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    body = json.dumps(payment_event(order_id, id=payment_id, status="captured")).encode().ljust(300_000)
    assert deliver(body).json == {"outcome": "granted"}
    assert shop.states(student, order_id) == ("captured", "active")


def test_webhook_unreadable_logs_no_part_of_the_body(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    with captured_logs() as log:
        deliver(payment_event(ORDER_ID, amount="499", email=EMAIL, contact="+919876543210"))
        deliver(f"no json of {EMAIL}".encode(), "evt_2")
        run_command(replay_webhooks.command)
        run_command(replay_webhooks.command, "--apply")
    streams = capsys.readouterr()
    output = log.getvalue() + streams.out + streams.err
    assert "canary" not in output
    assert "+9198" not in output
    [line] = [each for each in map(json.loads, log.getvalue().splitlines()) if each.get("event_id") == "evt_1"]
    assert (line["level"], line["message"], line["event"]) == ("ERROR", "webhook unreadable", "payment.captured")


def test_webhook_unreadable_while_table_is_down_is_not_acknowledged(
    table: str, dynamodb: MemoryDynamoDb, capsys: pytest.CaptureFixture[str]
) -> None:
    dynamodb.time_out_next(calls=50)
    answer = deliver(b"no json")
    assert (answer.status, answer.code) == (503, "store_unavailable")
    dynamodb.time_out_next(calls=0)
    assert deliver(b"no json").json == {"outcome": "malformed"}
    assert emitted_metrics(capsys)["webhook", "webhooks_unreadable"] == 2, "a delivery is counted before it is stored"


@pytest.mark.parametrize("bug", [RuntimeError, KeyError, ValueError, TypeError, AssertionError, RecursionError])
def test_webhook_that_meets_a_bug_of_ours_is_never_acknowledged(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, bug: type[Exception]
) -> None:
    order_id: str = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    before = snapshot()

    def settle(*_: Any, **__: Any) -> None:
        raise bug("a defect")

    with monkeypatch.context() as patched:
        patched.setattr(webhook, "settle", settle)
        assert [reply.status for reply in shop.deliver()] == [500, 500, 500]
    assert snapshot() == before
    assert [reply.json["outcome"] for reply in shop.deliver(redeliver=True)] == ["granted", "captured", "no_change"]


def test_webhook_of_a_payment_whose_item_is_unreadable_is_never_acknowledged(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    order_id: str = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    dynamodb.corrupt(keys.payment(order_id), "status")
    before = snapshot()
    assert [reply.status for reply in shop.deliver("payment.captured")] == [500]
    assert snapshot() == before


def test_webhook_delivered_again_after_the_fix_is_applied_and_its_body_removed(
    shop: Storefront, student: Api, unreadable_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row of the unreadable event must not make the delivery a repetition."""
    fix_status(monkeypatch)
    [payment_id] = shop.gateway.ledger.payments
    body = payment_event(unreadable_order_id, id=payment_id, status="settled")
    assert deliver(body).json == {"outcome": "granted"}
    assert shop.states(student, unreadable_order_id) == ("captured", "active")
    row = inbox_row("evt_1")
    assert row
    assert (row.outcome, row.order_id, row.body, row.body_size) == ("Captured", unreadable_order_id, None, None)
    assert unreadable_rows() == []
    assert deliver(body).json == {"outcome": "no_change"}


def test_webhook_without_effect_delivered_again_after_the_fix_replaces_the_kept_body(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = payment_event(None, "payment.captured")
    with monkeypatch.context() as patched:
        patched.setattr(razorpay_evidence, "_EVENT", razorpay_evidence._CURRENCY)
        assert deliver(body).json == {"outcome": "malformed"}
    assert deliver(body).json == {"outcome": "ignored"}
    row = inbox_row("evt_1")
    assert row
    assert (row.event, row.outcome, row.body) == ("payment.captured", "ignored", None)
    assert deliver(body).json == {"outcome": "seen_before"}


def test_replay_lists_by_default_and_changes_nothing(shop: Storefront, unreadable_order_id: str) -> None:
    size = inbox_row("evt_1")
    assert size
    before = snapshot()
    code, output = run_command(replay_webhooks.command)
    assert (code, snapshot()) == (1, before)
    received = shop.clock.now().isoformat()
    assert output.splitlines() == [
        f"{received} payment.captured evt_1: {size.body_size} bytes",
        "1 events, 1 left",
    ]


def test_replay_before_the_fix_leaves_the_event(shop: Storefront, unreadable_order_id: str) -> None:
    before = snapshot()
    code, output = run_command(replay_webhooks.command, "--apply")
    assert (code, snapshot()) == (1, before)
    assert output.splitlines()[0].endswith("payment.captured evt_1: still unreadable")
    assert output.splitlines()[1] == "1 events, 1 left"


def test_replay_after_the_fix_grants_the_course_and_removes_the_body(
    shop: Storefront, student: Api, unreadable_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_status(monkeypatch)
    shop.clock.advance(minutes=3)
    code, output = run_command(replay_webhooks.command, "--apply")

    assert (code, output.splitlines()[-1]) == (0, "1 events, 0 left")
    assert output.splitlines()[0].endswith("payment.captured evt_1: granted")
    assert shop.states(student, unreadable_order_id) == ("captured", "active")
    assert [step[:2] for step in payment_history(unreadable_order_id)] == [("Captured", "webhook")]
    row = inbox_row("evt_1")
    assert row
    assert (row.event, row.outcome, row.order_id) == ("payment.captured", "Captured", unreadable_order_id)
    assert (row.body, row.listing) == (None, None)
    assert row.expires_at == int((row.received_at + timedelta(days=30)).timestamp())
    assert EMAIL not in str(snapshot())
    assert breaches() == []


def test_replay_repeated_changes_nothing(
    shop: Storefront, unreadable_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_status(monkeypatch)
    run_command(replay_webhooks.command, "--apply")
    before = snapshot()
    assert webhook_replay.replay("evt_1") == "applied before"
    assert webhook_replay.replay("evt_unheard_of") == "applied before"
    assert run_command(replay_webhooks.command, "--apply") == (0, "0 events, 0 left\n")
    assert snapshot() == before


def test_replay_interrupted_after_its_effect_is_completed_by_the_next(
    shop: Storefront, student: Api, unreadable_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_status(monkeypatch)
    with monkeypatch.context() as patched:
        patched.setattr(webhook_inbox, "close_unreadable", crash)
        with pytest.raises(KeyboardInterrupt):
            webhook_replay.replay("evt_1")
    assert shop.states(student, unreadable_order_id) == ("captured", "active")
    assert [each.event_id for each in unreadable_rows()] == ["evt_1"]
    assert webhook_replay.replay("evt_1") == "no_change"
    assert [step[0] for step in payment_history(unreadable_order_id)] == ["Captured"]
    assert unreadable_rows() == []


def crash(*_: Any) -> None:
    raise KeyboardInterrupt


def test_replay_while_the_event_is_delivered_again_keeps_the_row_of_the_delivery(
    shop: Storefront, unreadable_order_id: str, dynamodb: MemoryDynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_status(monkeypatch)
    [payment_id] = shop.gateway.ledger.payments
    body = payment_event(unreadable_order_id, id=payment_id, status="settled")
    dynamodb.run_before("UpdateItem", lambda: deliver(body))
    assert webhook_replay.replay("evt_1") == "granted"
    row = inbox_row("evt_1")
    assert row
    assert (row.outcome, row.body) == ("Captured", None)
    assert unreadable_rows() == []


def test_replay_failing_event_is_left_and_later_events_are_applied(
    shop: Storefront, student: Api, unreadable_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two events, the first asks Razorpay about an unknown order, and Razorpay does not respond."""
    shop.clock.advance(minutes=-1)
    deliver(payment_event(ORDER_ID, status="settled"), "evt_0")
    fix_status(monkeypatch)
    shop.control("POST", "faults", {"kind": "503"})
    code, output = run_command(replay_webhooks.command, "--apply")
    assert code == 1
    assert [line.rpartition(" evt_")[2] for line in output.splitlines()[:2]] == ["0: event_unclear", "1: granted"]
    assert output.splitlines()[2] == "2 events, 1 left"
    assert [each.event_id for each in unreadable_rows()] == ["evt_0"]
    assert run_command(replay_webhooks.command, "--apply")[0] == 0
    row = inbox_row("evt_0")
    assert row
    assert (row.outcome, row.order_id, row.body) == ("not_ours", ORDER_ID, None)


def test_replay_that_meets_a_bug_leaves_the_event_and_prints_no_detail(
    unreadable_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_status(monkeypatch)

    def settle(*_: Any, **__: Any) -> None:
        raise KeyError(EMAIL)

    monkeypatch.setattr(webhook, "settle", settle)
    before = snapshot()
    code, output = run_command(replay_webhooks.command, "--apply")
    assert (code, snapshot()) == (1, before)
    assert output.splitlines()[0].endswith("evt_1: failed: KeyError")


def test_replay_lists_at_most_the_limit_oldest_first(table: str, fake_clock: FakeClock) -> None:
    for number in range(60):
        deliver(b"no json", f"evt_{number:02d}")
        fake_clock.advance(seconds=1)
    code, output = run_command(replay_webhooks.command, "--limit", "52")
    assert code == 1
    assert [line.split()[2] for line in output.splitlines()[:-1]] == [f"evt_{number:02d}:" for number in range(52)]
    assert output.splitlines()[-1] == "52 events, 52 left"
    assert run_command(replay_webhooks.command, "--limit", "0")[0] == 2
    assert [event.event_id for event in webhook_replay.unreadable_events(1)] == ["evt_00"]


def test_unreadable_event_is_found_by_queries_of_the_index_only(table: str, dynamodb: MemoryDynamoDb) -> None:
    for number in range(60):
        deliver(b"no json", f"evt_{number}")
    dynamodb.calls.clear()
    assert len(unreadable_rows()) == 60
    assert {call.split()[0] for call in dynamodb.calls} == {"Query"}
    assert len(dynamodb.calls) <= 4


def test_close_of_event_that_is_not_unreadable_changes_nothing(table: str) -> None:
    """Another replay, or a delivery, was faster and has stored what it did."""
    deliver(payment_event(None, "invoice.paid"))
    before = snapshot()
    assert webhook_inbox.close_unreadable("evt_1", "payment.captured", ORDER_ID, EvidenceKind.CAPTURED) is not None
    assert webhook_inbox.close_unreadable("evt_2", "payment.captured", ORDER_ID, EvidenceKind.CAPTURED) is None
    assert snapshot() == before
