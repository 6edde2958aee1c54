"""Settlements and their entries."""

from datetime import UTC, datetime
from typing import Any

import pytest
from razorpay.errors import BadRequestError

from tests.local.razorpay.in_process import START, InProcessRazorpay, new_razorpay

DAY = 86_400
SETTLED_AT = int(datetime(2023, 11, 17, 4, 30, tzinfo=UTC).timestamp())
"""START is 2023-11-14 22:13 UTC."""


def account_with_refund() -> tuple[InProcessRazorpay, str, str]:
    """A captured payment of 49900, of which 9900 was refunded at once."""
    account = new_razorpay()
    payment_id = account.capture_payment()
    refund_id = account.client.payment.refund(payment_id, {"amount": 9_900})["id"]
    account.pay(account.create_order()["id"], "authorized")
    return account, payment_id, refund_id


def test_payments_and_refunds_are_settled_after_two_days() -> None:
    account, _, _ = account_with_refund()
    account.fake.advance(SETTLED_AT - START - 1)
    assert account.client.settlement.all()["items"] == []
    account.fake.advance(1)
    (settlement,) = account.client.settlement.all()["items"]
    assert settlement["id"].startswith("setl_")
    assert len(settlement["id"]) == 19
    assert settlement == {
        "id": settlement["id"],
        "entity": "settlement",
        "amount": 49_900 - 1_177 - 9_900,
        "status": "processed",
        "fees": 0,
        "tax": 0,
        "utr": settlement["utr"],
        "created_at": SETTLED_AT,
    }
    assert account.client.settlement.fetch(settlement["id"]) == settlement


def test_settled_entries_name_fee_tax_settlement_and_utr() -> None:
    account, payment_id, refund_id = account_with_refund()
    account.fake.advance(3 * DAY)
    (settlement,) = account.client.settlement.all()["items"]
    refund, payment = account.client.settlement.report({"year": 2023, "month": 11, "day": 17})["items"]
    assert (payment["entity_id"], payment["type"], refund["entity_id"], refund["type"]) == (
        payment_id,
        "payment",
        refund_id,
        "refund",
    )
    assert (payment["credit"], payment["debit"], payment["fee"], payment["tax"]) == (48_723, 0, 1_177, 179)
    assert (refund["credit"], refund["debit"], refund["fee"], refund["payment_id"]) == (0, 9_900, 0, payment_id)
    for entry in (refund, payment):
        assert (entry["settlement_id"], entry["settlement_utr"]) == (settlement["id"], settlement["utr"])
        assert (entry["settled"], entry["settled_at"]) == (True, SETTLED_AT)
        assert entry["order_id"] == account.client.payment.fetch(payment_id)["order_id"]


def test_settled_entries_of_a_month_are_paged() -> None:
    account, payment_id, refund_id = account_with_refund()
    account.fake.advance(3 * DAY)
    first = account.client.settlement.report({"year": 2023, "month": 11, "count": 1})
    second = account.client.settlement.report({"year": 2023, "month": 11, "count": 1, "skip": 1})
    assert [page["items"][0]["entity_id"] for page in (first, second)] == [refund_id, payment_id]
    assert account.client.settlement.report({"year": 2023, "month": 10, "count": 1_000})["items"] == []


def test_refunds_beyond_the_payments_of_a_day_are_settled_with_the_next_payment() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    account.fake.advance(10 * DAY)
    account.client.payment.refund(payment_id, {})
    account.fake.advance(10 * DAY)
    (first,) = account.client.settlement.all()["items"]
    assert first["amount"] == 48_723
    assert account.control("GET", "books")["balance"] == -49_900
    account.capture_payment(99_900)
    account.fake.advance(3 * DAY)
    (second,) = account.client.settlement.all({"from": first["created_at"] + 1})["items"]
    assert second["amount"] == 99_900 - 2_357 - 49_900
    settled = {item["settlement_id"]: 0 for item in recon(account)}
    for item in recon(account):
        settled[item["settlement_id"]] += item["credit"] - item["debit"]
    assert settled == {first["id"]: 48_723, second["id"]: 47_643}
    assert account.control("GET", "books")["balance"] == 0


def recon(account: InProcessRazorpay) -> list[dict[str, Any]]:
    """The settled entries of November and December 2023."""
    months = [account.client.settlement.report({"year": 2023, "month": month, "count": 1_000}) for month in (11, 12)]
    return [item for month in months for item in month["items"]]


def test_disputes_and_adjustments_are_settled_as_adjustments() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    account.capture_payment(99_900)
    dispute = account.control("POST", f"payments/{payment_id}/dispute", {"status": "created", "deduct_at_onset": True})
    account.fake.advance(DAY)
    account.control("POST", f"disputes/{dispute['id']}", {"status": "won"})
    account.control("POST", "adjustments", {"amount": -1_180, "description": "Dispute fee"})
    account.fake.advance(5 * DAY)
    adjustments = [item for item in recon(account) if item["type"] == "adjustment"]
    assert [(each["debit"], each["credit"], each["dispute_id"], each["payment_id"]) for each in adjustments] == [
        (1_180, 0, None, None),
        (0, 49_900, dispute["id"], None),
        (49_900, 0, dispute["id"], None),
    ]
    assert adjustments[0]["description"] == "Dispute fee"
    assert len({each["entity_id"] for each in adjustments}) == 3
    assert account.control("GET", "books") == {
        "payments": 149_800,
        "fees": -2_996,
        "tax": -538,
        "refunds": 0,
        "disputes": 0,
        "adjustments": -1_180,
        "settlements": -145_086,
        "balance": 0,
    }


def test_refund_that_returns_before_its_settlement_is_never_settled() -> None:
    account, _, refund_id = account_with_refund()
    account.control("POST", f"refunds/{refund_id}/status", {"status": "reversed"})
    account.fake.advance(5 * DAY)
    assert [item["type"] for item in recon(account)] == ["payment"]


def test_refund_that_returns_after_its_settlement_is_credited_as_adjustment() -> None:
    account, _, refund_id = account_with_refund()
    account.fake.advance(5 * DAY)
    account.control("POST", f"refunds/{refund_id}/status", {"status": "failed"})
    account.fake.advance(5 * DAY)
    adjustment, refund, _ = recon(account)
    assert (refund["type"], refund["debit"]) == ("refund", 9_900)
    assert (adjustment["type"], adjustment["credit"]) == ("adjustment", 9_900)
    assert adjustment["description"] == f"Refund {refund_id} reversed"
    assert account.control("GET", "books")["balance"] == 0


def test_refund_that_is_pending_is_settled_two_days_after_it_is_processed() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    account.control("PATCH", "settings", {"refunds": "hold"})
    refund_id = account.client.payment.refund(payment_id, {"amount": 9_900})["id"]
    account.fake.advance(4 * DAY)
    account.control("POST", f"refunds/{refund_id}/process")
    (settled,) = account.client.settlement.all()["items"]
    assert settled["amount"] == 48_723
    account.capture_payment()
    account.fake.advance(3 * DAY)
    later, earlier = account.client.settlement.all()["items"]
    assert (later["amount"], earlier) == (48_723 - 9_900, settled)


@pytest.mark.parametrize("query", [{}, {"year": 2023}, {"year": 2023, "month": 13}, {"year": 2023, "month": "x"}])
def test_settled_entries_without_a_month_are_rejected(query: dict[str, object]) -> None:
    with pytest.raises(BadRequestError, match="is not a valid"):
        new_razorpay().client.settlement.report(query)


def test_fetch_unknown_settlement_is_rejected() -> None:
    with pytest.raises(BadRequestError, match="does not exist"):
        new_razorpay().client.settlement.fetch("setl_00000000000000")
