"""Calls to Razorpay: timeouts, retries, and the handling of unusable responses."""

import io
import json
from collections.abc import Callable
from http.client import HTTPMessage
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from requests.cookies import extract_cookies_to_jar

from functions.payments.polling import gateway_pace
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from tests.conftest import SETTINGS
from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.serial_pool import poll_serially
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.integration.payments.test_webhook_validation import post_signed

ORDER, PAYMENT = "order_AAAAAAAAAAAAAA", "pay_AAAAAAAAAAAAAA"
SINGLE_ATTEMPT_CALLS: dict[str, Callable[[], Any]] = {
    "create_order": lambda: razorpay.create_order(100, "INR", "rcpt_1", {}),
    "capture": lambda: razorpay.capture(PAYMENT, 100, "INR"),
    "refund": lambda: razorpay.refund(PAYMENT, 100, f"refund-{PAYMENT}"),
    "fetch_order": lambda: razorpay.fetch_order(ORDER),
}
RETRIED_CALLS: dict[str, Callable[[], Any]] = {
    "fetch_payments_of": lambda: razorpay.fetch_payments_of(ORDER),
    "fetch_payment": lambda: razorpay.fetch_payment(PAYMENT),
    "fetch_refunds_of": lambda: razorpay.fetch_refunds_of(PAYMENT),
    "list_orders": lambda: list(razorpay.list_orders(0, 1)),
    "list_payments": lambda: list(razorpay.list_payments(0, 1)),
    "list_refunds": lambda: list(razorpay.list_refunds(0, 1)),
    "list_orders_with_payments": lambda: list(razorpay.list_orders_with_payments(0, 1)),
    "list_settlements": lambda: list(razorpay.list_settlements(0, 1)),
    "list_disputes": lambda: list(razorpay.list_disputes()),
    "fetch_dispute": lambda: razorpay.fetch_dispute("disp_AAAAAAAAAAAAAA"),
}
StubResponse = Callable[..., list[Any]]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts in seconds, which are recorded and skipped."""
    slept: list[float] = []
    clocks = SimpleNamespace(sleep=slept.append, monotonic=lambda: sum(slept))
    monkeypatch.setattr(razorpay, "time", clocks)
    monkeypatch.setattr(gateway_pace, "time", clocks)
    return slept


@pytest.fixture
def stub_response(shop: Storefront, pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> StubResponse:
    """`stub_response(status, body)`: every call gets this response from now on. Returns the list of their timeouts."""
    adapter = razorpay._razorpay().session.get_adapter(SETTINGS["LMS_RAZORPAY_BASE_URL"])

    def give(status: int, body: bytes = b"{}", **headers: str) -> list[Any]:
        limits: list[Any] = []

        def send(request: requests.PreparedRequest, timeout: Any = None, **_: Any) -> requests.Response:
            limits.append(timeout)
            response = requests.Response()
            response.status_code, response.raw, response.request = status, io.BytesIO(body), request
            response.url = request.url or ""
            response.headers.update(headers)
            return response

        monkeypatch.setattr(adapter, "send", send)
        return limits

    return give


@pytest.mark.parametrize(("calls", "times"), [(SINGLE_ATTEMPT_CALLS, 1), (RETRIED_CALLS, 3)], ids=["once", "thrice"])
def test_f6_razorpay_calls_use_1_s_and_4_s_timeouts_and_retry_only_reads(
    stub_response: StubResponse, calls: dict[str, Callable[[], Any]], times: int
) -> None:
    for name, call in calls.items():
        limits = stub_response(503)
        with pytest.raises(GatewayUnavailable):
            call()
        assert (name, limits) == (name, [(1, 4)] * times)


UNUSABLE_RESPONSES = {
    "a page": (200, b"<html><body>Welcome</body></html>"),
    "a page of a proxy": (404, b"<html>404 Not Found</html>"),
    "nothing": (200, b""),
    "half": (200, b'{"id": "order_'),
    "a list": (200, b"[]"),
    "null": (400, b"null"),
    "a number": (200, b"7"),
    "no text": (200, b"\xff\xfe\x00"),
    "elsewhere": (302, b"{}"),
    "a fault": (500, b'{"error": {"code": "SERVER_ERROR"}}'),
    "a fault without a body": (500, b'{"error": null}'),
}


@pytest.mark.parametrize("name", UNUSABLE_RESPONSES)
def test_f6_unusable_razorpay_response_raises_gateway_unavailable(stub_response: StubResponse, name: str) -> None:
    status, body = UNUSABLE_RESPONSES[name]
    for call in (SINGLE_ATTEMPT_CALLS | RETRIED_CALLS).values():
        limits = stub_response(status, body, Location="http://127.0.0.1:9/elsewhere")
        with pytest.raises(GatewayUnavailable) as raised:
            call()
        assert (type(raised.value), raised.value.code) == (GatewayUnavailable, "gateway_unavailable")
        assert len(limits) <= 3


def test_f6_razorpay_503_is_retried_with_growing_pauses(stub_response: StubResponse, pauses: list[float]) -> None:
    limits = stub_response(503, b"<html>slow down</html>")
    with pytest.raises(GatewayUnavailable) as raised:
        razorpay.fetch_payment(PAYMENT)
    assert (type(raised.value), len(limits), len(pauses)) == (GatewayUnavailable, 3, 2)
    assert [0.05 <= pauses[0] <= 0.1, 0.1 <= pauses[1] <= 0.2] == [True, True]


def test_f6_razorpay_429_raises_gateway_busy_without_a_retry(stub_response: StubResponse, pauses: list[float]) -> None:
    limits = stub_response(429, b"<html>slow down</html>")
    with pytest.raises(GatewayBusy):
        razorpay.fetch_payment(PAYMENT)
    assert (len(limits), pauses) == (1, [])


@pytest.mark.parametrize("body", [b'{"items": null}', b'{"items": {}}', b"{}"])
def test_razorpay_list_without_items_raises_gateway_unavailable(stub_response: StubResponse, body: bytes) -> None:
    """No payments would expire the order."""
    stub_response(200, body)
    with pytest.raises(GatewayUnavailable):
        razorpay.fetch_payments_of(ORDER)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [({}, 10), ({"Retry-After": "7"}, 7), ({"Retry-After": "0"}, 1), ({"Retry-After": "600"}, 60)],
)
def test_f6_razorpay_429_carries_retry_after_up_to_a_minute(
    stub_response: StubResponse, stated: dict[str, str], seconds: int
) -> None:
    stub_response(429, b"{}", **stated)
    with pytest.raises(GatewayBusy) as raised:
        razorpay.fetch_order(ORDER)
    assert (raised.value.retry_after, raised.value.headers) == (seconds, {"Retry-After": str(seconds)})


@pytest.mark.parametrize("stated", ["Fri, 27 Nov 2026 12:00:00 GMT", "-3", "1.5", "\u0667", ""])
def test_f6_razorpay_429_with_unusable_retry_after_means_ten_seconds(stub_response: StubResponse, stated: str) -> None:
    stub_response(429, b"{}", **{"Retry-After": stated})
    with pytest.raises(GatewayBusy) as raised:
        razorpay.fetch_order(ORDER)
    assert raised.value.retry_after == 10


def test_razorpay_session_of_all_threads_stores_no_cookie(shop: Storefront) -> None:
    """`requests` iterates over the cookies of a session without a lock."""
    session = razorpay._razorpay().session
    message = HTTPMessage()
    message["Set-Cookie"] = "__cf_bm=value; path=/; domain=.razorpay.com; Secure"
    raw = SimpleNamespace(_original_response=SimpleNamespace(msg=message))
    request = requests.Request("GET", "https://api.razorpay.com/v1/orders").prepare()
    extract: Any = extract_cookies_to_jar
    extract(session.cookies, request, raw)
    assert len(session.cookies) == 0


def test_f6_sweep_stops_calling_razorpay_when_it_is_throttled_or_down(
    shop: Storefront, new_user: Callable[..., Api], stub_response: StubResponse, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll_serially(monkeypatch)
    orders = [shop.create_order(new_user("student"))["order_id"] for _ in range(5)]
    for status, calls in ((429, 5), (503, 4 * 3)):
        shop.clock.advance(minutes=31)
        limits = stub_response(status)
        assert (shop.sweep(), len(limits)) == ({"deferred": 5}, calls)
    assert {(shop.payment(each).status.value, shop.payment(each).version) for each in orders} == {("pending", 1)}


def test_f6_rejected_call_keeps_the_complete_razorpay_error(shop: Storefront) -> None:
    with pytest.raises(GatewayRejected) as raised:
        razorpay.create_order(99, "INR", "rcpt_1", {})
    assert (raised.value.status, raised.value.error) == (
        400,
        {
            "code": "BAD_REQUEST_ERROR",
            "description": "The amount must be at least INR 1.00",
            "field": "amount",
            "source": "business",
            "step": "payment_initiation",
            "reason": "amount_less_than_minimum_amount",
            "metadata": {},
        },
    )
    assert str(raised.value) == "400 BAD_REQUEST_ERROR: The amount must be at least INR 1.00"


@pytest.mark.parametrize("status", [401, 403])
def test_f6_webhook_with_rejected_api_key_returns_503_and_is_retried(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """A webhook of an orphaned order, while our API key is wrong, must be retried, not recorded as not ours."""
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    lost = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(lost)
    before = snapshot()
    with monkeypatch.context() as patched:
        adapter = razorpay._razorpay().session.get_adapter(SETTINGS["LMS_RAZORPAY_BASE_URL"])

        def refuse(request: requests.PreparedRequest, **_: Any) -> requests.Response:
            response = requests.Response()
            error = {"code": "BAD_REQUEST_ERROR", "description": "Authentication failed"}
            response.status_code, response.raw = status, io.BytesIO(json.dumps({"error": error}).encode())
            response.request, response.url = request, request.url or ""
            return response

        patched.setattr(adapter, "send", refuse)
        assert {(reply.status, reply.code) for reply in shop.deliver()} == {(503, "event_unclear")}
    assert snapshot() == before
    assert {reply.status for reply in shop.deliver(redeliver=True)} == {200}
    assert shop.states(student, lost) == ("captured", "active")


CARD = {"id": "card_AAAAAAAAAAAAAA", "last4": "7301", "name": "Gaurav Kumar", "network": "Visa", "iin": "508812"}
PAYER = {"method": "card", "email": "payer-of-it@example.org", "contact": "+919800000001"}


def test_f6_payer_and_card_data_is_never_logged_or_stored(shop: Storefront, student: Api) -> None:
    with captured_logs() as log:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id, "failed", **PAYER)
        checkout = shop.pay(order_id, **PAYER)
        assert shop.verify(student, {**checkout, "razorpay_signature": "0" * 64}).status == 400
        assert shop.verify(student, checkout).status == 200
        for event in shop.gateway.ledger.outbox.events.values():
            document = json.loads(event.body)
            document["payload"]["payment"]["entity"]["card"] = CARD
            assert PAYER["email"] in event.body
            assert post_signed(document, event.id).status == 200
            assert post_signed({**document, "event": "payment.unheard_of"}, f"{event.id}-2").status == 200
        shop.clock.advance(minutes=31)
        shop.sweep()
    assert shop.states(student, order_id) == ("captured", "active")
    stored = json.dumps(list(snapshot().values()), default=str)
    for secret in (*CARD.values(), PAYER["email"], PAYER["contact"].lstrip("+"), checkout["razorpay_signature"]):
        assert secret not in log.getvalue()
        assert secret not in stored
