"""A refund in a form that Razorpay does not document: nothing is refunded beside it, and nothing else waits for it."""

import json
from io import StringIO
from typing import Any

import pytest

from functions.payments.polling.poll_order import poll_order
from functions.payments.razorpay_evidence import MalformedPayload
from shared.gateways import razorpay
from shared.gateways.razorpay import Json
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.refund_actions import process_refunds, record_manual_refund, set_balance
from tests.protocol.stored_state import breaches, ledger_totals
from tests.protocol.sweep_actions import order_with_duplicate_captures


def list_unreadable_refund(monkeypatch: pytest.MonkeyPatch, payment_id: str) -> None:
    """Razorpay's refunds of the payment begin with one without an amount."""
    fetch = razorpay.fetch_refunds_of

    def with_unreadable(of_payment_id: str) -> list[Json]:
        unreadable: list[dict[str, Any]] = [{"id": "rfnd_AAAAAAAAAAAAAA", "payment_id": payment_id}]
        return (unreadable if of_payment_id == payment_id else []) + fetch(of_payment_id)

    monkeypatch.setattr(razorpay, "fetch_refunds_of", with_unreadable)


def unreadable_lines(lines: StringIO) -> list[dict[str, str]]:
    """What the log lines of unreadable refunds name."""
    logged = [json.loads(line) for line in lines.getvalue().splitlines() if line.startswith("{")]
    names = ("order_id", "payment_id", "refund")
    return [
        {name: each[name] for name in names if name in each}
        for each in logged
        if each.get("code") == "refund_unreadable"
    ]


def test_poll_unreadable_refund_of_one_capture_refunds_the_other_and_raises(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, [first_id, second_id] = order_with_duplicate_captures(shop, student, 2)
    list_unreadable_refund(monkeypatch, first_id)
    with pytest.raises(MalformedPayload, match="rfnd_AAAAAAAAAAAAAA"):
        poll_order(shop.payment(order_id))
    assert [each.payment_id for each in shop.gateway.ledger.refunds.values()] == [second_id]
    monkeypatch.undo()
    shop.clock.advance(minutes=5)
    shop.sweep()
    process_refunds(shop)
    assert (ledger_totals(shop, order_id), breaches()) == ((3 * PRICE, 2 * PRICE), [])


def test_refund_request_beside_unreadable_refund_is_kept_for_the_sweep(
    shop: Storefront, admin: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_unreadable_refund(monkeypatch, str(shop.payment(paid_order_id).payment_id))
    answer = refund(admin, paid_order_id)
    assert (answer.status, answer.json["payment"]["status"]) == (200, "refund_pending")
    assert shop.gateway.ledger.refunds == {}
    monkeypatch.undo()
    shop.sweep()
    process_refunds(shop)
    assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)


def test_manual_refund_beside_unreadable_refund_is_409_and_records_nothing(
    shop: Storefront,
    admin: Api,
    paid_order_id: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_balance(shop, 0)
    refund(admin, paid_order_id)
    list_unreadable_refund(monkeypatch, str(shop.payment(paid_order_id).payment_id))
    before = shop.payment(paid_order_id)
    emitted_metrics(capsys)
    with captured_logs() as lines:
        answer = record_manual_refund(admin, paid_order_id)
    assert (answer.status, answer.code) == (409, "refund_unreadable")
    assert emitted_metrics(capsys)["refunds", "refunds_unreadable"] == 1
    assert unreadable_lines(lines) == [
        {"order_id": paid_order_id, "payment_id": before.payment_id, "refund": "rfnd_AAAAAAAAAAAAAA"}
    ]
    assert shop.payment(paid_order_id).version == before.version
    monkeypatch.undo()
    assert record_manual_refund(admin, paid_order_id).status == 200


def test_manual_refund_of_capture_with_unreadable_stored_refund_is_409_and_records_nothing(
    shop: Storefront, admin: Api, paid_order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_balance(shop, 0)
    refund(admin, paid_order_id)
    stored = shop.payment(paid_order_id)
    tamper(stored, refunds={"rfnd_AAAAAAAAAAAAAA": {"amount": 100, "status": "evaporated"}})
    emitted_metrics(capsys)
    with captured_logs() as lines:
        answer = record_manual_refund(admin, paid_order_id)
    assert (answer.status, answer.code) == (409, "refund_unreadable")
    assert emitted_metrics(capsys)["refunds", "refunds_unreadable"] == 1
    assert unreadable_lines(lines) == [{"order_id": paid_order_id}]
    assert shop.payment(paid_order_id).version == stored.version


@pytest.mark.parametrize("amount", [10_000, None])
@pytest.mark.parametrize(
    "stored",
    [
        {"refunds": {"rfnd_AAAAAAAAAAAAAA": {"amount": 100, "status": "evaporated"}}},
        {"refund_requests": {"0" * 24: {"amount": "x"}}},
        {"surplus": {"pay_AAAAAAAAAAAAAA": {"amount": "x"}}},
    ],
    ids=["refund", "request", "extra capture"],
)
def test_refund_request_of_payment_with_unreadable_stored_refunds_is_409_and_records_nothing(
    shop: Storefront,
    admin: Api,
    paid_order_id: str,
    capsys: pytest.CaptureFixture[str],
    stored: dict[str, Any],
    amount: int | None,
) -> None:
    tamper(shop.payment(paid_order_id), **stored)
    version = shop.payment(paid_order_id).version
    emitted_metrics(capsys)
    with captured_logs() as lines:
        answer = refund(admin, paid_order_id, amount, "click-1")
    assert (answer.status, answer.code) == (409, "refund_unreadable")
    assert emitted_metrics(capsys)["refunds", "refunds_unreadable"] == 1
    assert unreadable_lines(lines) == [{"order_id": paid_order_id}]
    assert (shop.payment(paid_order_id).version, shop.gateway.ledger.refunds) == (version, {})


def test_refund_request_with_unreadable_answer_is_left_for_the_sweep(
    shop: Storefront, admin: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = razorpay.refund

    def without_id(*arguments: Any) -> Json:
        return {key: value for key, value in post(*arguments).items() if key != "id"}

    monkeypatch.setattr(razorpay, "refund", without_id)
    assert refund(admin, paid_order_id).status == 200
    monkeypatch.undo()
    process_refunds(shop)
    shop.clock.advance(minutes=20)
    shop.sweep()
    assert (len(shop.gateway.ledger.refunds), ledger_totals(shop, paid_order_id)) == (1, (PRICE, PRICE))
