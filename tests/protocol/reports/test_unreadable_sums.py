"""Sums of a month or a payout that cannot be read: the reports name them, and state nothing that needs them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.db.entities import DocumentMonth, LedgerMonth, Settlement
from shared.db.payments import account_ledger
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import Storefront
from tests.protocol.reconciliation.actions import reconcile
from tests.protocol.reconciliation.purchases import buy
from tests.protocol.reports.test_account_recount import MONTH, export
from tests.protocol.reports.test_account_recount import table_of_the_test as table_of_the_test

Project = Callable[[], int]
LEDGER_KEY = f"LEDGER {MONTH}#INR"
DOCUMENTS_KEY = f"{keys.DOCUMENT_MONTHS} {MONTH}#INR"


@pytest.fixture
def settlement_id(shop: Storefront, student: Api, project: Project) -> str:
    """A settled sale; the id of its settlement."""
    buy(shop, student)
    shop.clock.advance(days=3)
    reconcile("nightly")
    project()
    (found,) = account_ledger.list_settlements(MONTH, 10, None).items
    return str(found.settlement_id)


def ledger_month() -> LedgerMonth:
    found = store.get(LedgerMonth, keys.ledger_month(MONTH, "INR"))
    assert found
    return found


def test_ledger_without_a_readable_month_names_it_and_states_no_balance(
    settlement_id: str, admin: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    before = admin.get(f"/api/reports/ledger?month={MONTH}").json
    spoil(ledger_month(), "fee")
    emitted_metrics(capsys)
    for month in (MONTH, "2026-12"):
        with captured_logs() as lines:
            reply = admin.get(f"/api/reports/ledger?month={month}")
        assert (reply.status, reply.json["totals"], reply.json["unreadable"]) == (200, [], [LEDGER_KEY])
        (logged,) = entries_with_code(lines, "item_unreadable")
        assert (logged["pk"], logged["sk"]) == ("LEDGER", f"{MONTH}#INR")
        assert emitted_metrics(capsys)["store", "items_unreadable"] == 1
    assert admin.get(f"/api/reports/ledger?month={MONTH}").json["items"] == before["items"] != []
    assert admin.get("/api/reports/ledger?month=2026-10").json["unreadable"] == []


def test_export_of_a_ledger_without_a_readable_month_names_it_and_exits_1(settlement_id: str, tmp_path: Path) -> None:
    spoil(ledger_month(), "fee")
    code, message, rows = export("ledger", tmp_path / "rows")
    assert (code, message) == (1, f"item_unreadable: {LEDGER_KEY}")
    assert [row["kind"] for row in rows] == ["payment", "fee", "fee_tax", "settlement"]


def test_month_report_names_unreadable_sums_of_account_and_documents(settlement_id: str, admin: Api) -> None:
    path = f"/api/reports/month?month={MONTH}"
    before = admin.get(path).json
    assert (len(before["account"]), len(before["documents"]), before["unreadable"]) == (1, 1, [])
    spoil(ledger_month(), "payment")
    assert admin.get(path).json == {**before, "account": [], "unreadable": [LEDGER_KEY]}
    spoil(store.get(DocumentMonth, keys.document_month(MONTH, "INR")), "receipt_amount")
    both = admin.get(path).json
    assert both == {**before, "account": [], "documents": [], "recent": [], "unreadable": [DOCUMENTS_KEY, LEDGER_KEY]}


@pytest.mark.parametrize("spoilt", ["payment", "created_at"])
def test_unreadable_payout_answers_409_and_is_logged_and_counted(
    settlement_id: str, admin: Api, capsys: pytest.CaptureFixture[str], spoilt: str
) -> None:
    spoil(stored_settlement(settlement_id), spoilt)
    assert_unreadable(settlement_id, admin, capsys)


def test_payout_whose_sum_is_missing_a_value_answers_409(
    settlement_id: str, admin: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(stored_settlement(settlement_id), settlement_id=None)
    assert_unreadable(settlement_id, admin, capsys)


def stored_settlement(settlement_id: str) -> Settlement:
    found = store.get(Settlement, keys.settlement(settlement_id))
    assert found
    return found


def assert_unreadable(settlement_id: str, admin: Api, capsys: pytest.CaptureFixture[str]) -> None:
    emitted_metrics(capsys)
    with captured_logs() as lines:
        reply = admin.get(f"/api/reports/payouts/{settlement_id}")
    assert (reply.status, reply.json["code"]) == (409, "payout_unreadable")
    (logged,) = entries_with_code(lines, "item_unreadable")
    assert logged["pk"] == f"SETTLEMENT#{settlement_id}"
    assert emitted_metrics(capsys)["store", "items_unreadable"] == 1
