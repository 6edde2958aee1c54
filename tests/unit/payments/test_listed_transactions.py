"""Conversion of the gateway's entities to transactions on the account."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.reconciliation.account.listed_transactions import (
    from_payment,
    from_recon,
    from_refund,
    from_settlement,
)
from shared.domain.account_ledger import AccountTransaction, LedgerKind, postings

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECONDS = int(AT.timestamp())


def recon(**members: Any) -> dict[str, Any]:
    """A settled payment of 1000.00 with a fee of 23.60, of which 3.60 are tax."""
    entry = {
        "entity_id": "pay_A",
        "type": "payment",
        "debit": 0,
        "credit": 97_640,
        "amount": 100_000,
        "currency": "INR",
        "fee": 2_360,
        "tax": 360,
        "settled": True,
        "created_at": SECONDS,
        "settlement_id": "setl_A",
        "description": None,
        "payment_id": None,
        "order_id": "order_A",
        "dispute_id": None,
    }
    return entry | members


def test_from_recon_payment_names_gross_fee_and_tax() -> None:
    found = from_recon(recon())
    assert found == AccountTransaction(
        entity_id="pay_A",
        kind=LedgerKind.PAYMENT,
        net=97_640,
        fee=2_360,
        tax=360,
        currency="INR",
        at=AT,
        payment_id="pay_A",
        order_id="order_A",
        settlement_id="setl_A",
    )
    assert postings(found) == {LedgerKind.PAYMENT: 100_000, LedgerKind.FEE: -2_000, LedgerKind.FEE_TAX: -360}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"credit": 100_000}, {LedgerKind.PAYMENT: 100_000}),
        ({"fee": 0, "tax": 0, "credit": 100_000}, {LedgerKind.PAYMENT: 100_000}),
        ({"fee": None, "tax": None, "credit": 100_000}, {LedgerKind.PAYMENT: 100_000}),
        ({"tax": 0}, {LedgerKind.PAYMENT: 100_000, LedgerKind.FEE: -2_360}),
        ({"tax": 2_361}, {LedgerKind.PAYMENT: 97_640}),
        ({"credit": 90_000}, {LedgerKind.PAYMENT: 90_000}),
        ({"type": "refund", "credit": 0, "debit": 100_000, "fee": 0, "tax": 0}, {LedgerKind.REFUND: -100_000}),
        (
            {"type": "refund", "credit": 0, "debit": 102_360},
            {LedgerKind.REFUND: -100_000, LedgerKind.FEE: -2_000, LedgerKind.FEE_TAX: -360},
        ),
        (
            {"type": "transfer", "credit": 0, "debit": 100_296, "fee": 296, "tax": 46},
            {LedgerKind.TRANSFER: -100_000, LedgerKind.FEE: -250, LedgerKind.FEE_TAX: -46},
        ),
        ({"type": "adjustment", "credit": 1_012, "amount": 1_012, "fee": 0}, {LedgerKind.ADJUSTMENT: 1_012}),
        ({"type": "adjustment", "credit": 0, "debit": 500, "amount": 500}, {LedgerKind.ADJUSTMENT: -500}),
        (
            {"type": "adjustment", "credit": 0, "debit": 500, "amount": 500, "dispute_id": "disp_A"},
            {LedgerKind.DISPUTE: -500},
        ),
        ({"type": "reversal", "credit": 700, "amount": 700, "fee": 0, "tax": 0}, {LedgerKind.ADJUSTMENT: 700}),
    ],
)
def test_postings_of_a_settled_transaction_add_up_to_credit_less_debit(
    members: dict[str, Any], expected: dict[LedgerKind, int]
) -> None:
    entry = recon(**members)
    assert postings(from_recon(entry)) == expected
    assert sum(expected.values()) == entry["credit"] - entry["debit"]


def test_from_recon_that_is_not_settled_names_no_settlement() -> None:
    assert from_recon(recon(settled=False)).settlement_id is None
    assert from_recon(recon(settlement_id=None)).settlement_id is None


@pytest.mark.parametrize(
    "members",
    [
        {"entity_id": ""},
        {"entity_id": None},
        {"credit": -1},
        {"credit": "97640"},
        {"debit": True},
        {"debit": 10**15 + 1},
        {"amount": None},
        {"currency": 7},
        {"created_at": -1},
        {"created_at": "now"},
        {"settlement_id": 7},
    ],
)
def test_from_recon_of_another_form_raises_malformed_payload(members: dict[str, Any]) -> None:
    with pytest.raises(MalformedPayload):
        from_recon(recon(**members))


def test_from_payment_not_captured_is_none() -> None:
    assert from_payment({"id": "pay_A", "captured": False}) is None


def test_from_payment_captured_is_not_settled() -> None:
    entity = {"id": "pay_A", "captured": True, "amount": 100_000, "fee": 2_360, "tax": 360, "currency": "INR"}
    found = from_payment(entity | {"created_at": SECONDS, "order_id": None})
    assert found
    assert (found.net, found.fee, found.tax, found.order_id, found.settlement_id) == (97_640, 2_360, 360, None, None)


def test_from_refund_lowers_the_balance() -> None:
    entity = {"id": "rfnd_A", "payment_id": "pay_A", "amount": 500, "currency": "INR", "created_at": SECONDS}
    assert postings(from_refund(entity)) == {LedgerKind.REFUND: -500}


@pytest.mark.parametrize(("status", "net"), [("processed", -900), ("created", -900), ("failed", 0)])
def test_from_settlement_lowers_the_balance_unless_it_failed(status: str, net: int) -> None:
    found = from_settlement({"id": "setl_A", "amount": 900, "status": status, "utr": "U1", "created_at": SECONDS})
    assert (found.net, found.currency, found.utr, found.settlement_id) == (net, "INR", "U1", "setl_A")
