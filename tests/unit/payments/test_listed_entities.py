"""Whether our ledger contains what an entity in a list of the gateway proves."""

from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, EXTRA_PAYMENT_ID, ORDER_ID, PAYMENT_ID, make_payment
from functions.payments.reconciliation.listed_entities import (
    is_dispute_recorded,
    is_payment_recorded,
    is_refund_recorded,
    is_refunded_in_full,
    proves_money,
)
from shared.db.entities import Payment
from shared.domain.lifecycle import PaymentStatus, StatusReason

REFUND_ID = "rfnd_AAAAAAAAAAAAAA"
PENDING, FAILED = make_payment(PaymentStatus.PENDING), make_payment(PaymentStatus.FAILED, window_over=True)
AUTHORIZED, CAPTURED = make_payment(PaymentStatus.AUTHORIZED), make_payment(PaymentStatus.CAPTURED)


def listed(status: str = "captured", **fields: Any) -> dict[str, Any]:
    entity = {"id": PAYMENT_ID, "order_id": ORDER_ID, "amount": AMOUNT, "currency": "INR", "status": status}
    return {**entity, "captured": status in ("captured", "refunded"), "amount_refunded": 0, **fields}


def captured(refunds: dict[str, Any] | None = None, **changes: Any) -> Payment:
    return make_payment(PaymentStatus.CAPTURED, refunds=refunds or {}, **changes)


def extra(**changes: Any) -> Payment:
    capture = {"amount": AMOUNT, "currency": "INR", "refunds": {}, "other_returns": {}, "held": False, **changes}
    return captured(surplus={EXTRA_PAYMENT_ID: capture})


def refunded(status: str, amount: int = 100) -> dict[str, Any]:
    return {REFUND_ID: {"amount": amount, "status": status}}


@pytest.mark.parametrize(
    ("payment", "entity"),
    [
        (CAPTURED, listed()),
        (captured(refunded("processed")), listed(amount_refunded=100)),
        (captured(refunded("pending")), listed(amount_refunded=100)),
        (captured(refunded("processed")), listed(amount_refunded=0)),
        (make_payment(PaymentStatus.REFUNDED), listed("refunded", amount_refunded=AMOUNT)),
        (CAPTURED, listed("authorized")),
        (extra(), listed(id=EXTRA_PAYMENT_ID)),
        (extra(amount=AMOUNT - 1, held=True), listed(id=EXTRA_PAYMENT_ID, amount=AMOUNT - 1)),
        (AUTHORIZED, listed("authorized")),
        (captured(returned_payment_ids=[EXTRA_PAYMENT_ID]), listed("authorized", id=EXTRA_PAYMENT_ID)),
        (make_payment(PaymentStatus.PENDING, reason=StatusReason.MISMATCH), listed("authorized")),
        (PENDING, listed("failed")),
        (PENDING, listed("created")),
        (FAILED, listed("refunded", captured=False)),
        (AUTHORIZED, listed("failed", id=EXTRA_PAYMENT_ID)),
    ],
    ids=[
        "captured",
        "with its refund",
        "with its pending refund",
        "the list lags behind a refund",
        "refunded in full",
        "the list lags behind the capture",
        "an extra capture",
        "a capture on hold",
        "authorized",
        "an authorization that was voided",
        "a mismatched authorization that is polled daily",
        "a failed attempt",
        "an attempt that is open",
        "a voided authorization of an unpaid order",
        "another attempt failed",
    ],
)
def test_payment_that_shows_nothing_new_is_recorded(payment: Payment, entity: dict[str, Any]) -> None:
    assert is_payment_recorded(payment, entity) is True


@pytest.mark.parametrize(
    ("payment", "entity"),
    [
        (PENDING, listed()),
        (FAILED, listed()),
        (AUTHORIZED, listed()),
        (CAPTURED, listed(id=EXTRA_PAYMENT_ID)),
        (CAPTURED, listed(amount=AMOUNT - 1)),
        (CAPTURED, listed(currency="USD")),
        (CAPTURED, listed(amount_refunded=1)),
        (captured(refunded("failed")), listed(amount_refunded=100)),
        (captured(refunded("reversed")), listed(amount_refunded=100)),
        (PENDING, listed("authorized")),
        (FAILED, listed("authorized")),
        (CAPTURED, listed("authorized", id=EXTRA_PAYMENT_ID)),
        (AUTHORIZED, listed("authorized", id=EXTRA_PAYMENT_ID)),
        (
            make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, gsi2pk=None, gsi2sk=None),
            listed("authorized"),
        ),
        (AUTHORIZED, listed("refunded", captured=False)),
        (AUTHORIZED, listed("failed")),
        (CAPTURED, listed("failed")),
        (CAPTURED, listed("created")),
    ],
    ids=[
        "captured, pending here",
        "captured, failed here",
        "captured, authorized here",
        "another capture on the order",
        "another amount",
        "another currency",
        "refunded there",
        "a refund that failed here counts there",
        "a refund that was reversed here counts there",
        "authorized, pending here",
        "authorized, failed here",
        "another authorization on a captured order",
        "another authorization on an authorized order",
        "a mismatched authorization that is not polled",
        "voided, authorized here",
        "failed, authorized here",
        "failed, captured here",
        "open, captured here",
    ],
)
def test_payment_that_differs_is_not_recorded(payment: Payment, entity: dict[str, Any]) -> None:
    assert is_payment_recorded(payment, entity) is False


@pytest.mark.parametrize(
    ("entity", "money", "in_full"),
    [
        (listed(), True, False),
        (listed(amount_refunded=100), True, False),
        (listed("refunded", amount_refunded=AMOUNT), True, True),
        (listed("authorized"), True, False),
        (listed("refunded", captured=False), False, False),
        (listed("failed"), False, False),
        (listed("created"), False, False),
    ],
)
def test_payment_entity_proves_money_and_its_full_refund(entity: dict[str, Any], money: bool, in_full: bool) -> None:
    assert (proves_money(entity), is_refunded_in_full(entity)) == (money, in_full)


def refund_entity(status: str = "processed", **fields: Any) -> dict[str, Any]:
    return {"id": REFUND_ID, "payment_id": PAYMENT_ID, "amount": 100, "currency": "INR", "status": status, **fields}


@pytest.mark.parametrize(
    ("payment", "entity", "recorded"),
    [
        (captured(refunded("processed")), refund_entity(), True),
        (captured(refunded("processed")), refund_entity("pending"), True),
        (captured(refunded("pending")), refund_entity("pending"), True),
        (captured(refunded("pending")), refund_entity("processed"), False),
        (captured(refunded("pending")), refund_entity("failed"), False),
        (captured(refunded("processed", 99)), refund_entity(), False),
        (CAPTURED, refund_entity(), False),
        (extra(refunds=refunded("processed")), refund_entity(payment_id=EXTRA_PAYMENT_ID), True),
        (extra(), refund_entity(payment_id=EXTRA_PAYMENT_ID), False),
        (PENDING, refund_entity(), False),
        (make_payment(PaymentStatus.FAILED, returned_payment_ids=[PAYMENT_ID]), refund_entity(), True),
    ],
)
def test_refund_is_recorded_with_its_amount_and_status(
    payment: Payment, entity: dict[str, Any], recorded: bool
) -> None:
    assert is_refund_recorded(payment, entity) is recorded


DISPUTE = {
    "amount": AMOUNT,
    "currency": "INR",
    "status": "open",
    "phase": "chargeback",
    "reason": "fraud",
    "deducted": 0,
    "respond_by": "2026-11-30T00:00:00.000Z",
}


def dispute_entity(**fields: Any) -> dict[str, Any]:
    return {
        "id": "disp_AAAAAAAAAAAAAA",
        "payment_id": PAYMENT_ID,
        "amount": AMOUNT,
        "currency": "INR",
        "status": "open",
        "phase": "chargeback",
        "reason_code": "fraud",
        "amount_deducted": 0,
        "respond_by": 1_795_996_800,
        **fields,
    }


@pytest.mark.parametrize(
    ("stored", "fields", "recorded"),
    [
        (DISPUTE, {}, True),
        ({**DISPUTE, "as_of": "2026-11-23T12:00:00.000Z"}, {}, True),
        (DISPUTE, {"status": "lost"}, False),
        ({**DISPUTE, "status": "lost", "deducted": AMOUNT}, {}, True),
        ({**DISPUTE, "status": "won"}, {"status": "lost"}, False),
        (DISPUTE, {"amount_deducted": 100}, False),
        (DISPUTE, {"respond_by": 1_796_099_999}, False),
        (None, {}, False),
    ],
)
def test_dispute_is_recorded_with_its_status_deduction_and_deadline(
    stored: dict[str, Any] | None, fields: dict[str, Any], recorded: bool
) -> None:
    disputes = {"disp_AAAAAAAAAAAAAA": stored} if stored else None
    assert is_dispute_recorded(captured(disputes=disputes), dispute_entity(**fields)) is recorded


def test_dispute_of_unknown_capture_is_not_recorded() -> None:
    assert is_dispute_recorded(PENDING, dispute_entity()) is False
