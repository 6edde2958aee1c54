"""Known secrets pass through every flow; none of them may appear in logs or on standard output and error."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import ReadTimeoutError

from shared.db.table import base
from tests.conftest import SETTINGS
from tests.fixtures.api import Api, Reply
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import Storefront, put_published_course

CARD, IBAN = "4100 2800 0000 1007", "DE89370400440532013000"
EMAIL, PASSWORD, NEW_PASSWORD = "canary.bird@example.com", "canary-password-17", "canary-password-18"
USER_INPUT = {
    "email": EMAIL,
    "local part of the e-mail address": "canary.bird",
    "password": "canary-password",
    "card": CARD,
    "note": IBAN,
}
SECRETS = {name: value for name, value in SETTINGS.items() if name.endswith(("SECRET", "REFRESH_KEY", "CURSOR_KEY"))}
PRIVATE = json.loads(SETTINGS["LMS_JWT_PRIVATE_KEY"])["d"]


@contextmanager
def captured_output(capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """Yields a list. After the block it contains three texts: the log, standard output and standard error."""
    output: list[str] = []
    capsys.readouterr()
    with captured_logs() as log:
        yield output
    streams = capsys.readouterr()
    output += [log.getvalue(), streams.out, streams.err]


def assert_absent(output: list[str], canaries: dict[str, str]) -> None:
    text = "\n".join(output)
    assert canaries
    assert all(len(value) >= 8 for value in canaries.values())
    assert [name for name, value in canaries.items() if value in text] == []


def expect_status(reply: Reply, status: int = 200) -> Reply:
    assert reply.status == status, reply.text
    return reply


def test_purchase_and_refund_log_no_secret(shop: Storefront, admin: Api, capsys: pytest.CaptureFixture[str]) -> None:
    canaries = {**USER_INPUT, **SECRETS, "private key": PRIVATE}
    with captured_output(capsys) as output:
        body = {"name": "Canary Bird", "email": EMAIL, "password": PASSWORD}
        first = expect_status(Api().post("/api/auth/register", body), 201).json
        second = expect_status(Api().post("/api/auth/login", {"email": EMAIL, "password": PASSWORD})).json
        Api().post("/api/auth/login", {"email": EMAIL, "password": PASSWORD + "!"})
        Api().post("/api/auth/login", {"email": EMAIL, "password": {"$ne": PASSWORD}})
        third = expect_status(Api().post("/api/auth/refresh_token", {"refresh_token": second["refresh_token"]})).json
        canaries["forged token"] = third["access_token"][:-9] + "AAAAAAAAA"
        Api(canaries["forged token"]).get("/api/auth/me")
        learner = Api(third["access_token"], third["user"]["id"])
        expect_status(learner.patch("/api/auth/me", {"bio": f"My card is {CARD}, {IBAN}"}))
        change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        expect_status(learner.post("/api/auth/me/password", change), 204)
        for number, pair in enumerate((first, second, third)):
            canaries[f"access token {number}"] = pair["access_token"]
            canaries[f"signature of access token {number}"] = pair["access_token"].split(".")[2]
            canaries[f"refresh token {number}"] = pair["refresh_token"]

        order = shop.create_order(learner)
        assert order["prefill"]["email"] == EMAIL
        checkout = shop.pay(order["order_id"], email=EMAIL, contact="+919876543210", notes={"card": CARD})
        canaries["checkout signature"] = checkout["razorpay_signature"]
        canaries["telephone"] = "+919876543210"
        shop.verify(learner, {**checkout, "razorpay_signature": checkout["razorpay_signature"][::-1]})
        canaries["wrong signature"] = checkout["razorpay_signature"][::-1]
        expect_status(shop.verify(learner, checkout))
        for event in shop.gateway.ledger.outbox.events.values():
            canaries[f"signature of {event.type}"] = event.headers()["X-Razorpay-Signature"]
            assert EMAIL in event.body
        assert {reply.status for reply in shop.deliver()} == {200}
        Api().post("/api/payments/webhook", {"event": CARD}, headers={"x-razorpay-signature": "0" * 63 + "a"})

        key = {"Idempotency-Key": "canary-idempotency-key"}
        canaries["idempotency key"] = key["Idempotency-Key"]
        path = f"/api/payments/{order['order_id']}/refund"
        expect_status(admin.post(path, {"reason": f"requested by {EMAIL}", "amount": 100}, headers=key))
        expect_status(admin.post(path, {"reason": f"card {CARD}"}))
        shop.deliver()
        expect_status(Api().post("/api/auth/logout", {"refresh_token": third["refresh_token"]}), 204)
        canaries["admin's token"] = admin.token or ""
    assert len([line for line in output[0].splitlines() if '"message":"request"' in line]) > 15
    assert_absent(output, canaries)
    assert output[1:] == ["", ""]


def test_failed_requests_log_no_secret(
    shop: Storefront, student: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    canaries = {**USER_INPUT, **SECRETS, "private key": PRIVATE, "token": student.token or ""}
    checkout = shop.pay(shop.create_order(student)["order_id"], email=EMAIL, notes={"card": CARD})
    canaries["checkout signature"] = checkout["razorpay_signature"]
    other = put_published_course(shop.course.instructor_id)
    client = base.table().connection.client
    real = client._make_api_call

    def broken(operation: str, arguments: dict[str, object]) -> object:
        if operation in ("TransactWriteItems", "UpdateItem"):
            raise RuntimeError("an injected fault")
        return real(operation, arguments)

    def silent(operation: str, arguments: dict[str, object]) -> object:
        raise ReadTimeoutError(endpoint_url="http://db")

    with captured_output(capsys) as output:
        for fault, status in ((broken, 500), (silent, 503)):
            monkeypatch.setattr("shared.db.table.transaction._BASE_BACKOFF_SECONDS", 0.0)
            monkeypatch.setattr(client, "_make_api_call", fault)
            body = {"name": "Canary Bird", "email": EMAIL, "password": PASSWORD}
            expect_status(Api().post("/api/auth/register", body), status)
            expect_status(shop.verify(student, checkout), status)
            expect_status(student.patch("/api/auth/me", {"bio": CARD + IBAN}), status)
            assert {reply.status for reply in shop.deliver(redeliver=True)} == {status}
            monkeypatch.setattr(client, "_make_api_call", real)
        shop.control("POST", "faults", {"kind": "500", "times": 50})
        expect_status(student.post("/api/payments/create-order", {"course_id": other.course_id}), 503)
        shop.clock.advance(minutes=31)
        assert shop.sweep()["deferred"] == 1
    assert output[0].count('"message":"unhandled"') >= 4
    assert_absent(output, canaries)
    assert output[1:] == ["", ""]


def test_crafted_input_cannot_forge_log_lines(capsys: pytest.CaptureFixture[str], anonymous: Api) -> None:
    forged = '\r\n{"level":"ERROR","message":"forged"}'
    with captured_output(capsys) as output:
        anonymous.get(f"/api/courses/{forged}")
        anonymous.get(f"/api/{forged}")
        anonymous.call(f"GET{forged}", "/api/courses")
        anonymous.get("/api/courses", headers={"x-razorpay-signature": forged, "user-agent": forged, "origin": forged})
        anonymous.post("/api/payments/webhook", {"event": forged}, headers={"x-razorpay-signature": forged})
    lines = [json.loads(line) for line in output[0].splitlines()]
    assert len(lines) >= 5
    assert "forged" not in {line["message"] for line in lines}
    assert logging.getLogger("lectern").handlers
