"""The report on a month: exact sums, and equality with the exports of a month of trade to the paisa."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest

from functions.dashboards.read_model_rebuild import rebuild_read_models
from functions.dashboards.recount.compare import compare_counters
from functions.payments.reports import month_report
from shared.db.entities import DocumentMonth, Receipt
from shared.db.table import keys, store
from shared.domain.account_ledger import LedgerKind
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront, refund
from tests.protocol.coupons import coupon_actions
from tests.protocol.reconciliation.actions import reconcile
from tests.protocol.reconciliation.purchases import settle_refunds
from tests.protocol.reports.test_month_of_trade import Trade, exported, sums
from tests.protocol.reports.test_month_of_trade import registered_seller as registered_seller
from tests.protocol.reports.test_month_of_trade import trade as trade

MONTH: Final = "2026-11"
PARTS: Final = ("amount", "taxable", "cgst", "sgst", "igst")
NOTHING: Final = dict.fromkeys(("count", *PARTS), 0)
Project = Callable[[], int]


def report(admin: Api, month: str = MONTH) -> dict[str, Any]:
    reply = admin.get(f"/api/reports/month?month={month}")
    assert reply.status == 200, reply.text
    return dict(reply.json)


def sums_of(documents: list[dict[str, Any]], sign: int = 1) -> dict[str, int]:
    return {"count": len(documents), **{name: sign * sum(each[name] for each in documents) for name in PARTS}}


def test_month_report_has_exact_sums_of_a_sale_with_discount_and_a_partial_refund(
    shop: Storefront, student: Api, admin: Api, project: Project
) -> None:
    coupon_actions.put_coupon(admin)
    order_id = shop.create_order(student, coupon=coupon_actions.CODE, state="29")["order_id"]
    paid = shop.pay(order_id)
    shop.deliver()
    shop.control("POST", f"payments/{paid['razorpay_payment_id']}/refund", {"amount": 10_000})
    settle_refunds(shop)
    project()
    found = report(admin)
    assert (found["month"], found["waiting_documents"], found["recorded_until"]) == (MONTH, 0, None)
    assert found["account"] == []
    (documents,) = found["documents"]
    assert documents == {
        "currency": "INR",
        "list_amount": 49_900,
        "discount": 12_475,
        "receipts": {"count": 1, "amount": 37_425, "taxable": 31_716, "cgst": 0, "sgst": 0, "igst": 5_709},
        "credit_notes": {"count": 1, "amount": 10_000, "taxable": 8_475, "cgst": 0, "sgst": 0, "igst": 1_525},
        "debit_notes": NOTHING,
        "net": {"amount": 27_425, "taxable": 23_241, "cgst": 0, "sgst": 0, "igst": 4_184},
    }
    assert found["recent"] == [{"month": MONTH, "currency": "INR", "receipts": 37_425, "returned": 10_000}]


def test_month_report_of_a_month_without_sales_is_empty_and_says_how_far_the_account_is_recorded(
    shop: Storefront, admin: Api
) -> None:
    reconcile("nightly")
    assert report(admin, "2026-10") == {
        "month": "2026-10",
        "documents": [],
        "account": [],
        "waiting_documents": 0,
        "recorded_until": "2026-11-23T11:55:00.000Z",
        "recent": [],
        "unreadable": [],
    }


def test_month_report_counts_the_documents_without_a_number(
    shop: Storefront, new_user: Callable[..., Api], admin: Api, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        coupon_actions.buy(shop, new_user("student"), state="29")
    project()
    assert (report(admin)["waiting_documents"], report(admin)["documents"]) == (3, [])
    monkeypatch.setattr(month_report, "MAX_WAITING", 2)
    assert report(admin)["waiting_documents"] == 2
    shop.sweep()
    project()
    found = report(admin)
    assert (found["waiting_documents"], found["documents"][0]["receipts"]["count"]) == (0, 3)


def test_month_report_net_is_negative_in_a_month_that_only_credits(
    shop: Storefront, student: Api, admin: Api, project: Project
) -> None:
    order_id = coupon_actions.buy(shop, student, state="29")
    shop.clock.advance(days=20)
    refund(admin, order_id)
    settle_refunds(shop)
    project()
    [documents] = report(admin, "2026-12")["documents"]
    assert (documents["receipts"], documents["credit_notes"]["count"]) == (NOTHING, 1)
    assert documents["net"] == {"amount": -49_900, "taxable": -42_288, "cgst": 0, "sgst": 0, "igst": -7_612}


def test_month_report_recent_begins_eleven_months_before(
    shop: Storefront, student: Api, admin: Api, project: Project
) -> None:
    coupon_actions.buy(shop, student, state="29")
    shop.sweep()
    project()
    of_november = {"month": MONTH, "currency": "INR", "receipts": 49_900, "returned": 0}
    assert report(admin, "2027-10")["recent"] == [of_november]
    assert report(admin, "2027-11")["recent"] == []
    assert report(admin, "2026-12")["recent"] == [of_november]
    assert report(admin, "2026-10")["recent"] == []


@pytest.mark.parametrize("query", ["", "?month=2026-13", "?month=2026-1", "?month=1999-01", "?month=2026-11&limit=5"])
def test_month_report_of_another_form_is_unprocessable(shop: Storefront, admin: Api, query: str) -> None:
    reply = admin.get(f"/api/reports/month{query}")
    assert (reply.status, reply.json["code"]) == (422, "invalid")


def test_month_report_equals_the_exports_of_ledger_payouts_and_gstr1(
    trade: Trade, admin: Api, dynamodb: MemoryDynamoDb, project: Project
) -> None:
    """With as many reads as for an empty month."""
    project()
    assert compare_counters().is_equal, str(compare_counters())
    for month in ("2026-12", "2027-01"):
        dynamodb.calls.clear()
        found = report(admin, month)
        reads = [call.split()[0] for call in dynamodb.calls if "REVOKED" not in call]  # read every 30 seconds
        assert Counter(reads) == {"Query": 6, "GetItem": 1}
        assert found["waiting_documents"] == 0
        _equals_gstr1(found["documents"], exported("gstr1", month))
        _equals_ledger(found["account"], exported("ledger", month), exported("payouts", month))
    assert report(admin, "2026-12")["documents"][0]["debit_notes"]["count"] > 0, "of disputes that were won"


def _equals_gstr1(of_month: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    documents = [row for row in rows if row["number"]]
    by_letter = {letter: [row for row in documents if row["number"][0] == letter] for letter in "LCD"}
    receipts, credit, debit = (sums_of(by_letter[letter], sign) for letter, sign in (("L", 1), ("C", -1), ("D", 1)))
    if not documents:
        assert of_month == []
        return
    (found,) = of_month
    assert (found["receipts"], found["credit_notes"], found["debit_notes"]) == (receipts, credit, debit)
    (total,) = [row for row in rows if row["section"] == "hsn_total"]
    assert found["net"] == {name: total[name] for name in PARTS}
    assert (found["currency"], found["discount"]) == ("INR", 0)
    assert found["list_amount"] == receipts["amount"]


def _equals_ledger(of_month: list[dict[str, Any]], ledger: list[dict[str, Any]], payouts: list[dict[str, Any]]) -> None:
    (account,) = of_month
    by_kind = sums(ledger)
    assert {kind.value: account[kind.value] for kind in LedgerKind} == {
        kind.value: by_kind[kind.value] for kind in LedgerKind
    }
    assert (account["opening_balance"], account["closing_balance"]) == (ledger[0]["amount"], ledger[-1]["amount"])
    assert -account["settlement"] == sum(row["amount"] for row in payouts if row["kind"] == "payout")


def test_wrong_sum_is_found_by_the_recount_and_mended_by_a_rebuild(
    shop: Storefront, student: Api, admin: Api, project: Project
) -> None:
    order_id = coupon_actions.buy(shop, student, state="27")
    shop.sweep()
    project()
    before = report(admin)
    assert before["documents"][0]["receipts"]["cgst"] == 3_806
    actions: list[Any] = [DocumentMonth.receipt_cgst.set(1)]
    store.update(DocumentMonth, keys.document_month(MONTH, "INR"), actions, None)
    assert str(compare_counters()) == (
        "documents of 2026-11 in INR: receipt cgst: the dashboards show 1, a recount yields 3806"
    )
    rebuild_read_models(lambda *_: None, wait_seconds=0)
    assert report(admin) == before
    assert compare_counters().is_equal
    assert store.get(Receipt, keys.receipt(order_id))


def test_receipt_of_an_earlier_version_counts_once_it_is_listed(
    shop: Storefront, student: Api, admin: Api, project: Project
) -> None:
    """An earlier version numbered receipts without listing them: the exports do not contain them either."""
    order_id = coupon_actions.buy(shop, student, state="29")
    shop.sweep()
    actions: list[Any] = [Receipt.gsi1pk.remove(), Receipt.gsi1sk.remove()]
    store.update(Receipt, keys.receipt(order_id), actions, None)
    project()
    assert report(admin)["documents"] == []
    assert compare_counters().is_equal
    listing = keys.tax_document_listing("2026-11-23", "L", order_id, 0)
    actions = [Receipt.gsi1pk.set(listing.pk), Receipt.gsi1sk.set(listing.sk)]
    store.update(Receipt, keys.receipt(order_id), actions, None)
    project()
    project()
    assert report(admin)["documents"][0]["receipts"]["count"] == 1
    assert compare_counters().is_equal
