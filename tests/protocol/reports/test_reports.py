"""The report routes, the export and the alarm."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from cli import export as export_command
from cli import import_settlements as import_command
from cli import index_documents as index_command
from functions.payments.reconciliation.account.unexplained import count_unexplained
from shared.db.entities import LedgerMonth, Receipt
from shared.db.payments import account_ledger
from shared.db.payments.documents import credit_notes, tax_documents
from shared.db.table import keys, store
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.corruption import delete_item
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import Storefront, put_published_course
from tests.protocol.reconciliation.actions import reconcile
from tests.protocol.reconciliation.purchases import buy
from tests.protocol.refund_actions import process_refunds

MONTH = "2026-11"


@pytest.fixture(autouse=True)
def table_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands use the table of the test, not that of a running stack."""
    for command in (export_command, import_command, index_command):
        monkeypatch.setattr(command, "running_stack_settings", nullcontext)


def settled_purchase(shop: Storefront, student: Api) -> str:
    """The id of the order of a payment that was settled."""
    order_id = buy(shop, student)
    shop.clock.advance(days=3)
    reconcile("nightly")
    return order_id


def test_payout_lists_what_it_transfers(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = settled_purchase(shop, student)
    (payout,) = admin.get(f"/api/reports/payouts?month={MONTH}").json["items"]
    assert (payout["amount"], payout["payment"], payout["fee"], payout["fee_tax"]) == (48_723, 49_900, -998, -179)
    assert (payout["entries"], payout["unexplained"], payout["status"]) == (1, 0, "processed")
    page = admin.get(f"/api/reports/payouts/{payout['id']}").json
    assert page["payout"] == payout
    assert [(each["kind"], each["net"]) for each in page["items"]] == [("payment", 48_723), ("settlement", -48_723)]
    sale = page["items"][0]
    assert (sale["order_id"], sale["settlement_id"]) == (order_id, payout["id"])
    assert sale["amount"] + sale["fee"] + sale["fee_tax"] == sale["net"]


def test_ledger_of_a_month_without_transactions_has_the_balance_before(
    shop: Storefront, student: Api, admin: Api
) -> None:
    buy(shop, student)
    shop.clock.advance(days=1)
    reconcile("nightly")
    later = admin.get("/api/reports/ledger?month=2027-03").json
    (totals,) = later["totals"]
    assert (later["items"], totals["opening_balance"], totals["closing_balance"]) == ([], 48_723, 48_723)
    assert totals["payment"] == 0
    before = admin.get("/api/reports/ledger?month=2026-10").json
    assert (before["items"], before["totals"], before["month"]) == ([], [], "2026-10")


@pytest.mark.parametrize("path", ["setl_unknown", "NONE"])
def test_unknown_payout_is_not_found(shop: Storefront, admin: Api, path: str) -> None:
    reply = admin.get(f"/api/reports/payouts/{path}")
    assert (reply.status, reply.json["code"]) == (404, "payout_not_found")


@pytest.mark.parametrize("report", ["ledger", "payouts", "gstr1"])
@pytest.mark.parametrize("month", ["2026-13", "2026-1", "1999-01", "2026-11-01", "x", ""])
def test_month_of_another_form_is_unprocessable(shop: Storefront, admin: Api, report: str, month: str) -> None:
    assert admin.get(f"/api/reports/{report}?month={month}").status == 422


def test_gstr1_without_a_gstin_of_the_seller_is_untaxed(shop: Storefront, student: Api, admin: Api) -> None:
    buy(shop, student)
    (document,) = admin.get(f"/api/reports/gstr1?month={MONTH}").json["items"]
    assert (document["number"], document["section"], document["day"]) == ("L/26-27/000001", "untaxed", "2026-11-23")
    assert (document["amount"], document["taxable"], document["cgst"]) == (49_900, 49_900, 0)


def test_gstr1_names_the_order_of_notes_whose_receipt_is_missing(
    shop: Storefront, student: Api, admin: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, damaged = buy(shop, student), buy(shop, student, put_published_course(admin.user_id).course_id)
    for reason in ("first", "second"):
        body = {"amount": 10_000, "reason": reason}
        reply = admin.post(f"/api/payments/{damaged}/refund", body, headers={"Idempotency-Key": reason})
        assert reply.status == 200
        process_refunds(shop)
    shop.sweep()
    notes = credit_notes.get_with_receipt(damaged).notes
    assert [note.number for note in notes] == ["C/26-27/000001", "C/26-27/000002"]
    delete_item(keys.receipt(damaged))
    emitted_metrics(capsys)

    with captured_logs() as lines:
        page = admin.get(f"/api/reports/gstr1?month={MONTH}").json
    assert ([each["order_id"] for each in page["items"]], page["unreadable"]) == ([whole], [damaged])
    [logged] = entries_with_code(lines, "receipt_missing")
    assert (logged["level"], logged["order_id"]) == ("ERROR", damaged)
    assert emitted_metrics(capsys)["receipts", "notes_without_receipt"] == 1

    code, output = export("--report", "gstr1", "--month", MONTH)
    assert (code, output.splitlines()[-1]) == (1, f"item_unreadable: {damaged}")
    assert "hsn_total" not in output


def test_settlement_whose_amount_is_not_listed_is_counted_after_two_days(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(razorpay, "fetch_settled_page", lambda *_: [])
    settled_purchase(shop, student)
    (settlement,) = account_ledger.list_settlements(MONTH, 10, None).items
    assert settlement.net == -48_723
    assert count_unexplained() == 0
    shop.clock.advance(days=2)
    assert count_unexplained() == 1
    shop.clock.advance(days=10)
    assert count_unexplained() == 0


def test_settlement_that_is_explained_is_not_counted(shop: Storefront, student: Api) -> None:
    settled_purchase(shop, student)
    shop.clock.advance(days=2)
    assert count_unexplained() == 0


def export(*arguments: str) -> tuple[int, str]:
    return run_command(export_command.command, *arguments)


def test_export_whose_rows_differ_from_the_sums_exits_1(shop: Storefront, student: Api) -> None:
    settled_purchase(shop, student)
    actions: list[Any] = [LedgerMonth.refund.set(-1)]
    store.update(LedgerMonth, keys.ledger_month(MONTH, "INR"), actions, None)
    code, output = export("--report", "ledger", "--month", MONTH)
    assert code == 1
    assert output.endswith("INR refund: the rows add up to 0, the month to -1\n")


def test_export_of_another_month_is_rejected(shop: Storefront) -> None:
    code, output = export("--report", "ledger", "--month", "2026-13")
    assert code == 2
    assert "is not a month such as 2026-11" in output


def test_export_writes_a_file_and_disarms_formulas(shop: Storefront, tmp_path: Any) -> None:
    rows = iter([{"buyer_name": '=HYPERLINK("x")', "amount": -5}, {"buyer_name": "Asha", "amount": 7}])
    file = tmp_path / "rows.csv"
    export_command._write(rows, ("buyer_name", "amount"), file, sys.stdout)
    assert file.read_text() == 'buyer_name,amount\n"\'=HYPERLINK(""x"")",-5\nAsha,7\n'


def test_index_documents_lists_receipts_of_earlier_versions_once(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    actions: list[Any] = [Receipt.gsi1pk.remove(), Receipt.gsi1sk.remove()]
    store.update(Receipt, keys.receipt(order_id), actions, None)
    assert tax_documents.list_month(MONTH, 10, None).items == []
    assert run_command(index_command.command) == (0, "listed 1 documents\n")
    assert run_command(index_command.command) == (0, "listed 0 documents\n")
    (document,) = tax_documents.list_month(MONTH, 10, None).items
    assert (document.receipt.order_id, document.note) == (order_id, None)


def test_import_settlements_records_an_earlier_period(shop: Storefront, student: Api) -> None:
    buy(shop, student)
    shop.clock.advance(days=60)
    reconcile("nightly")
    assert account_ledger.list_settlements(MONTH, 10, None).items == []
    code, output = run_command(import_command.command, "--since", "2026-11-01")
    assert (code, output.splitlines()[-1]) == (0, "listed 2, unreadable 0")
    (settlement,) = account_ledger.list_settlements(MONTH, 10, None).items
    assert (settlement.settlement, settlement.net) == (-48_723, 0)


@pytest.mark.parametrize(
    ("report", "header"),
    [
        (
            "ledger",
            "day,at,kind,amount,currency,entity_id,payment_id,order_id,dispute_id,settlement_id,description",
        ),
        (
            "payouts",
            "payout_id,utr,payout_day,status,unexplained,"
            "day,at,kind,amount,currency,entity_id,payment_id,order_id,dispute_id,settlement_id,description",
        ),
        (
            "gstr1",
            "number,day,section,order_id,receipt_number,receipt_day,buyer_name,buyer_gstin,place_of_supply,"
            "state_assumed,sac,rate_basis_points,currency,amount,taxable,cgst,sgst,igst",
        ),
    ],
)
@pytest.mark.usefixtures("shop")
def test_export_of_an_empty_month_has_its_csv_header_and_no_json_line(report: str, header: str) -> None:
    arguments = ("--report", report, "--month", MONTH)
    assert run_command(export_command.command, *arguments) == (0, f"{header}\n")
    assert run_command(export_command.command, *arguments, "--format", "jsonl") == (0, "")


@pytest.mark.usefixtures("shop")
def test_export_to_a_file_that_cannot_be_written_says_so_and_fails(tmp_path: Path) -> None:
    target = tmp_path / "absent" / "ledger.csv"
    code, output = run_command(export_command.command, "--report", "ledger", "--month", MONTH, "--output", str(target))
    assert (code, output) == (1, f"{target} cannot be written: No such file or directory\n")
    assert not target.parent.exists()
