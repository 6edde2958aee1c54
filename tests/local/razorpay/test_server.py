"""The fake Razorpay over a real socket: client, webhooks, faults, state file."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import razorpay
import requests

from local.razorpay import RunningFakeRazorpay, serve
from local.waiting import wait_until
from tests.local.razorpay.in_process import KEY_ID, KEY_SECRET, WEBHOOK_SECRET, settings


class WebhookReceiver:
    """Receives webhooks; responds with `statuses` in turn, and then always with the last one."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses = [200]
        self.received: list[tuple[dict[str, str], bytes]] = []

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        self.received.append((headers, body))
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def running_receiver() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.receive({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def running(receiver: WebhookReceiver) -> Iterator[RunningFakeRazorpay]:
    with serve(settings(webhook_url=receiver.url, first_retry_seconds=0.05, refund_seconds=0.05)) as fake:
        yield fake


@pytest.fixture
def client(running: RunningFakeRazorpay) -> Iterator[Any]:
    with requests.Session() as session:
        yield razorpay.Client(session=session, auth=(KEY_ID, KEY_SECRET), base_url=running.url)


def control(running: RunningFakeRazorpay, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    response = httpx.request(method, f"{running.url}/_local/{path}", json=body or {})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def assert_eventually(condition: Callable[[], bool]) -> None:
    assert wait_until(condition)


def new_order(client: Any) -> str:
    order_id: str = client.order.create({"amount": 49_900, "currency": "INR"})["id"]
    return order_id


def test_purchase_and_refund_over_http_deliver_signed_webhooks(
    running: RunningFakeRazorpay, client: Any, receiver: WebhookReceiver
) -> None:
    order_id = new_order(client)
    response = control(running, "POST", f"orders/{order_id}/pay", {"outcome": "authorized"})
    assert client.utility.verify_payment_signature(response) is True
    payment_id = response["razorpay_payment_id"]
    assert client.payment.capture(payment_id, 49_900, {"currency": "INR"})["status"] == "captured"
    refund = client.payment.refund(payment_id, {"amount": 900}, headers={"X-Refund-Idempotency": "refund-0001"})
    assert_eventually(lambda: len(receiver.received) == 5)
    assert client.refund.fetch(refund["id"])["status"] == "processed"
    events = control(running, "GET", "webhooks")["items"]
    assert [event["type"] for event in events] == [
        "payment.authorized",
        "payment.captured",
        "order.paid",
        "refund.created",
        "refund.processed",
    ]
    received = {headers["x-razorpay-event-id"]: (headers, body) for headers, body in receiver.received}
    for event in events:
        headers, body = received[event["event_id"]]
        assert body.decode() == event["raw_body"]
        assert headers["x-razorpay-signature"] == hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    statement = control(running, "GET", "statement")
    assert (statement["captured"], statement["refunded"], statement["net"]) == (49_900, 900, 49_000)


def test_rejected_webhook_is_redelivered_with_the_same_id(
    running: RunningFakeRazorpay, client: Any, receiver: WebhookReceiver
) -> None:
    receiver.statuses = [500, 302, 204]
    control(running, "POST", f"orders/{new_order(client)}/pay", {"outcome": "failed"})
    assert_eventually(lambda: control(running, "GET", "webhooks")["items"][0]["state"] == "delivered")
    (event,) = control(running, "GET", "webhooks")["items"]
    assert [attempt["outcome"] for attempt in event["history"]] == ["500", "302", "204"]
    assert {headers["x-razorpay-event-id"] for headers, _ in receiver.received} == {event["event_id"]}
    assert len({body for _, body in receiver.received}) == 1
    control(running, "POST", f"webhooks/{event['event_id']}/redeliver")
    assert_eventually(lambda: len(receiver.received) == 4)


def test_webhooks_can_be_held_released_and_suppressed(
    running: RunningFakeRazorpay, client: Any, receiver: WebhookReceiver
) -> None:
    control(running, "PATCH", "settings", {"webhooks": "hold"})
    control(running, "POST", f"orders/{new_order(client)}/pay")
    control(running, "PATCH", "settings", {"webhooks": "off"})
    control(running, "POST", f"orders/{new_order(client)}/pay")
    control(running, "PATCH", "settings", {"webhooks": "on"})
    control(running, "POST", f"orders/{new_order(client)}/pay", {"webhooks": False})
    assert_eventually(lambda: len(receiver.received) == 3)
    assert_eventually(
        lambda: [event["state"] for event in control(running, "GET", "webhooks")["items"]][:3] == ["delivered"] * 3
    )
    states = [event["state"] for event in control(running, "GET", "webhooks")["items"]]
    assert states == ["delivered"] * 3 + ["suppressed"] * 6


def test_webhook_endpoint_failing_for_a_day_is_disabled(
    running: RunningFakeRazorpay, client: Any, receiver: WebhookReceiver
) -> None:
    receiver.statuses = [500]
    control(running, "POST", f"orders/{new_order(client)}/pay", {"outcome": "failed"})
    assert_eventually(lambda: len(receiver.received) >= 2)
    control(running, "POST", "clock", {"advance_seconds": 86_400})
    assert_eventually(lambda: control(running, "GET", "settings")["webhooks"] == "disabled")
    assert control(running, "GET", "webhooks")["items"][0]["state"] == "given_up"


def test_rotated_webhook_secret_signs_only_new_events(
    running: RunningFakeRazorpay, client: Any, receiver: WebhookReceiver
) -> None:
    control(running, "PATCH", "settings", {"webhooks": "hold"})
    control(running, "POST", f"orders/{new_order(client)}/pay", {"outcome": "failed"})
    control(running, "PATCH", "settings", {"webhook_secret": "rotated", "webhooks": "on"})
    control(running, "POST", f"orders/{new_order(client)}/pay", {"outcome": "failed"})
    assert_eventually(lambda: len(receiver.received) == 2)
    signatures = {
        secret: {hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for _, body in receiver.received}
        for secret in (WEBHOOK_SECRET, "rotated")
    }
    events = control(running, "GET", "webhooks")["items"]
    assert events[0]["signature"] in signatures[WEBHOOK_SECRET]
    assert events[1]["signature"] in signatures["rotated"]


def test_drop_and_lost_response_faults_close_the_connection(running: RunningFakeRazorpay, client: Any) -> None:
    control(running, "POST", "faults", {"kind": "drop"})
    with pytest.raises(requests.ConnectionError):
        new_order(client)
    control(running, "POST", "faults", {"kind": "lose_response"})
    with pytest.raises(requests.ConnectionError):
        new_order(client)
    assert client.order.all()["count"] == 1


def test_hanging_refund_keeps_its_idempotency_key_in_progress(running: RunningFakeRazorpay, client: Any) -> None:
    payment = control(running, "POST", f"orders/{new_order(client)}/pay")["razorpay_payment_id"]
    control(running, "POST", "faults", {"kind": "hang", "seconds": 6, "path": ".*/refund"})
    headers = {"X-Refund-Idempotency": "refund-0001"}
    with pytest.raises(requests.ReadTimeout):  # the next call comes while the first one hangs
        client.payment.refund(payment, {}, headers=dict(headers), timeout=(1, 1))
    conflict = httpx.post(
        f"{running.url}/v1/payments/{payment}/refund", json={}, headers=headers, auth=(KEY_ID, KEY_SECRET)
    )
    assert (conflict.status_code, conflict.json()["error"]["code"]) == (409, "BAD_REQUEST_ERROR")
    assert_eventually(lambda: client.refund.all()["count"] == 1)
    assert client.payment.refund(payment, {}, headers=dict(headers))["amount"] == 49_900


def test_state_file_restores_ledger_and_webhooks_after_restart(tmp_path: Path) -> None:
    persistent = settings(state_file=tmp_path / "state" / "gateway.json", refund_seconds=3_600)
    with serve(persistent) as first, requests.Session() as session:
        client = razorpay.Client(session=session, auth=(KEY_ID, KEY_SECRET), base_url=first.url)
        order = client.order.create({"amount": 49_900, "currency": "INR", "receipt": "r1"})
        payment_id = control(first, "POST", f"orders/{order['id']}/pay")["razorpay_payment_id"]
        headers = {"X-Refund-Idempotency": "refund-0001"}
        refund = client.payment.refund(payment_id, {"amount": 500}, headers=dict(headers))
        before = control(first, "GET", "statement"), control(first, "GET", "webhooks")
    with serve(persistent) as second, requests.Session() as session:
        client = razorpay.Client(session=session, auth=(KEY_ID, KEY_SECRET), base_url=second.url)
        assert (control(second, "GET", "statement"), control(second, "GET", "webhooks")) == before
        assert client.payment.refund(payment_id, {"amount": 500}, headers=dict(headers)) == refund
        with pytest.raises(razorpay.errors.BadRequestError, match="should be unique"):
            client.order.create({"amount": 49_900, "currency": "INR", "receipt": "r1"})
        control(second, "POST", "clock", {"advance_seconds": 3_600})
        assert client.refund.fetch(refund["id"])["status"] == "processed"
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["gateway.json"]
