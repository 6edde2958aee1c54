"""The refunds of a payment as Razorpay lists them: their order, and those that cannot be read."""

from typing import Any

import pytest

from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.refunds.sync_refunds import fetch_refunds, settle_refund, sync_refunds
from shared.domain.captures import RefundStatus
from shared.gateways import razorpay
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Refunded
from tests.fixtures.logs import captured_logs, entries_with_code

PAYMENT_ID = "pay_AAAAAAAAAAAAAA"
FIRST, SECOND, THIRD = "rfnd_AAAAAAAAAAAAAA", "rfnd_BBBBBBBBBBBBBB", "rfnd_CCCCCCCCCCCCCC"


def listed(refund_id: str, status: str) -> dict[str, Any]:
    return {"id": refund_id, "payment_id": PAYMENT_ID, "amount": 100, "currency": "INR", "status": status, "notes": []}


def test_fetch_refunds_returns_failed_ones_first(monkeypatch: pytest.MonkeyPatch) -> None:
    entities = [listed(FIRST, "processed"), listed(SECOND, "failed"), listed(THIRD, "pending")]
    monkeypatch.setattr(razorpay, "fetch_refunds_of", lambda _: entities)
    found = [refund.refund_id for refund in fetch_refunds("order_1", PAYMENT_ID)]
    assert found == [SECOND, FIRST, THIRD]


def test_fetch_refunds_names_those_that_cannot_be_read_after_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    entities = [{"id": FIRST}, listed(SECOND, "processed"), {"id": THIRD}]
    monkeypatch.setattr(razorpay, "fetch_refunds_of", lambda _: entities)
    found: list[str] = []
    with captured_logs() as lines, pytest.raises(MalformedPayload, match=f"^unreadable refunds: {FIRST}, {THIRD}$"):
        found.extend(refund.refund_id for refund in fetch_refunds("order_1", PAYMENT_ID))
    assert found == [SECOND]
    named = [
        (line["order_id"], line["payment_id"], line["refund"]) for line in entries_with_code(lines, "refund_unreadable")
    ]
    assert named == [("order_1", PAYMENT_ID, FIRST), ("order_1", PAYMENT_ID, THIRD)]


def test_sync_refunds_names_the_order_of_those_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(razorpay, "fetch_refunds_of", lambda _: [{"id": FIRST}])
    with captured_logs() as lines, pytest.raises(MalformedPayload):
        sync_refunds("order_1", PAYMENT_ID)
    assert [line["order_id"] for line in entries_with_code(lines, "refund_unreadable")] == ["order_1"]


@pytest.mark.usefixtures("shop")
def test_settle_refund_of_unknown_order_changes_nothing() -> None:
    evidence = Refunded(PAYMENT_ID, FIRST, 100, RefundStatus.PROCESSED)
    assert settle_refund("order_ZZZZZZZZZZZZZZ", evidence) is Verdict.NO_CHANGE
