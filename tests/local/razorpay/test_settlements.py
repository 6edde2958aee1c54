"""Settlements and their entries."""

from datetime import UTC, datetime

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
        "fees": 1_177,
        "tax": 179,
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


def test_refunds_beyond_the_payments_of_a_day_settle_nothing() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    account.fake.advance(10 * DAY)
    account.client.payment.refund(payment_id, {})
    account.fake.advance(10 * DAY)
    later, earlier = account.client.settlement.all()["items"]
    assert (later["amount"], earlier["amount"]) == (0, 48_723)
    later_only = account.client.settlement.all({"from": earlier["created_at"] + 1})
    assert [item["id"] for item in later_only["items"]] == [later["id"]]


@pytest.mark.parametrize("query", [{}, {"year": 2023}, {"year": 2023, "month": 13}, {"year": 2023, "month": "x"}])
def test_settled_entries_without_a_month_are_rejected(query: dict[str, object]) -> None:
    with pytest.raises(BadRequestError, match="is not a valid"):
        new_razorpay().client.settlement.report(query)


def test_fetch_unknown_settlement_is_rejected() -> None:
    with pytest.raises(BadRequestError, match="does not exist"):
        new_razorpay().client.settlement.fetch("setl_00000000000000")
