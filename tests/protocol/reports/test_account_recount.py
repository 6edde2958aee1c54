"""The sums of the account's ledger are recounted, and an entry that cannot be read stops no list, export or pass."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import typer
from pynamodb.expressions.operand import Path as Attribute
from typer.testing import CliRunner

from cli import export as export_command
from functions.dashboards.recount import compare
from shared import config
from shared.db.entities import LedgerEntry, LedgerMonth, Receipt, Settlement
from shared.db.payments import account_ledger
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.corruption import delete_item, spoil, tamper
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import Storefront
from tests.protocol.reconciliation.actions import reconcile
from tests.protocol.reconciliation.purchases import buy

MONTH = "2026-11"
OWNER = "account in 2026-11, INR"
Project = Callable[[], int]


@pytest.fixture(autouse=True)
def table_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command uses the table of the test, not that of a running stack."""
    monkeypatch.setattr(export_command, "running_stack_settings", nullcontext)


@pytest.fixture
def entries(shop: Storefront, student: Api, new_user: Callable[..., Api], project: Project) -> list[LedgerEntry]:
    """A settled sale, its settlement, and a sale that is not settled yet."""
    buy(shop, student)
    shop.clock.advance(days=3)
    buy(shop, new_user("student"))
    shop.clock.advance(hours=1)
    reconcile("nightly")
    project()
    found = account_ledger.list_month(MONTH, 10, None).items
    assert [each.ledger_kind.value for each in found] == ["payment", "settlement", "payment"]
    return found


def differences() -> list[tuple[str, int, int]]:
    return [(row.counter, row.displayed, row.recounted) for row in compare.compare_counters().differences]


def test_recount_of_a_ledger_with_settled_and_open_sales_is_equal(entries: list[LedgerEntry]) -> None:
    report = compare.compare_counters()
    assert report.is_equal, str(report)
    names = {row.counter: row.displayed for row in report.comparisons}
    assert names[f"{OWNER}: payment"] == 2 * 49_900
    assert names[f"{OWNER}: entries"] == 3
    assert names[f"settlement {entries[1].entity_id}: settlement"] == -48_723


@pytest.mark.parametrize("counter", ["payment", "fee", "fee_tax", "settlement", "entries"])
def test_recount_finds_a_wrong_sum_of_a_month(entries: list[LedgerEntry], counter: str) -> None:
    month = keys.ledger_month(MONTH, "INR")
    stored = store.get(LedgerMonth, month)
    assert stored
    before = int(getattr(stored, counter))
    store.update(LedgerMonth, month, [Attribute(counter).add(1)], None)
    assert differences() == [(f"{OWNER}: {counter.replace('_', ' ')}", before + 1, before)]


def test_recount_finds_a_wrong_sum_of_a_settlement(entries: list[LedgerEntry]) -> None:
    settlement_id = entries[1].entity_id
    store.update(Settlement, keys.settlement(settlement_id), [Attribute("fee").add(-5)], None)
    assert differences() == [(f"settlement {settlement_id}: fee", -1_003, -998)]


def test_recount_finds_a_missing_entry_of_a_settlement(entries: list[LedgerEntry]) -> None:
    settlement_id = entries[1].entity_id
    delete_item(keys.ledger_entry(settlement_id))
    assert differences() == [
        (f"{OWNER}: entries", 3, 2),
        (f"{OWNER}: settlement", -48_723, 0),
        (f"settlement {settlement_id}: entries", 2, 1),
        (f"settlement {settlement_id}: settlement", -48_723, 0),
    ]


def test_sums_stay_right_when_an_entry_is_settled_after_a_change_of_the_time_zone(
    shop: Storefront, student: Api, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """00:10 on 1 December in India is 30 November in UTC."""
    shop.clock.advance(seconds=(7 * 24 + 6) * 3600 + 40 * 60)
    buy(shop, student)
    shop.clock.advance(days=1)
    reconcile("nightly")
    monkeypatch.setenv("LMS_TIME_ZONE", "UTC")
    config.clear_cache()
    shop.clock.advance(days=3)
    reconcile("nightly")
    project()
    months = {each.sk: (each.payment, each.entries) for each in account_ledger.totals_until("9999-12")}
    assert months == {"2026-11#INR": (49_900, 1), "2026-12#INR": (0, 1)}
    assert [row for row in differences() if row[0].startswith("account")] == []


def export(report: str, to: Path) -> tuple[int, str, list[dict[str, Any]]]:
    """The exit code, the last line of the output, and the rows."""
    arguments = ("--report", report, "--month", MONTH, "--format", "jsonl", "--output", str(to))
    code, output = run_command(export_command.command, *arguments)
    return code, output.splitlines()[-1], [json.loads(line) for line in to.read_text().splitlines()]


def test_f90_unreadable_entry_is_named_in_its_lists_and_the_others_are_shown(
    entries: list[LedgerEntry], admin: Api
) -> None:
    sale, settlement, other = (each.entity_id for each in entries)
    spoil(entries[0], "net")
    ledger = admin.get(f"/api/reports/ledger?month={MONTH}").json
    assert ([each["id"] for each in ledger["items"]], ledger["unreadable"]) == ([settlement, other], [sale])
    assert ledger["totals"][0]["payment"] == 2 * 49_900
    payout = admin.get(f"/api/reports/payouts/{settlement}").json
    assert ([each["id"] for each in payout["items"]], payout["unreadable"]) == ([settlement], [sale])


def test_entry_without_a_value_is_named_in_its_list(entries: list[LedgerEntry], admin: Api) -> None:
    tamper(entries[0], net=None)
    ledger = admin.get(f"/api/reports/ledger?month={MONTH}").json
    assert (len(ledger["items"]), ledger["unreadable"]) == (2, [entries[0].entity_id])


def test_unreadable_settlement_is_named_in_the_list_of_payouts(entries: list[LedgerEntry], admin: Api) -> None:
    settlement_id = entries[1].entity_id
    (settlement,) = account_ledger.list_settlements(MONTH, 10, None).items
    spoil(settlement, "payment")
    payouts = admin.get(f"/api/reports/payouts?month={MONTH}").json
    assert (payouts["items"], payouts["unreadable"]) == ([], [settlement_id])


def test_unreadable_document_is_named_in_the_list_of_gstr1(entries: list[LedgerEntry], admin: Api) -> None:
    order_id = entries[0].order_id
    receipt = store.get(Receipt, keys.receipt(order_id))
    spoil(receipt, "taxable")
    documents = admin.get(f"/api/reports/gstr1?month={MONTH}").json
    assert (len(documents["items"]), documents["unreadable"]) == (1, [order_id])


@pytest.mark.parametrize(
    ("report", "kinds"),
    [("ledger", ["opening_balance", "settlement", "payment", "fee", "fee_tax"]), ("payouts", ["payout"])],
)
def test_export_names_an_unreadable_entry_and_exits_1(
    entries: list[LedgerEntry], tmp_path: Path, report: str, kinds: list[str]
) -> None:
    spoil(entries[0], "net")
    code, message, rows = export(report, tmp_path / "rows")
    assert (code, message) == (1, f"item_unreadable: {entries[0].entity_id}")
    assert [row["kind"] for row in rows] == kinds


def test_export_of_gstr1_names_an_unreadable_document_and_writes_no_sums(
    entries: list[LedgerEntry], tmp_path: Path
) -> None:
    spoil(store.get(Receipt, keys.receipt(entries[0].order_id)), "taxable")
    code, message, rows = export("gstr1", tmp_path / "rows")
    assert (code, message) == (1, f"item_unreadable: {entries[0].order_id}")
    assert [row["section"] for row in rows] == ["untaxed"]


def test_export_writes_only_rows_to_standard_output(entries: list[LedgerEntry]) -> None:
    """The log line of the unreadable entry is on standard error."""
    spoil(entries[0], "net")
    single = typer.Typer()
    single.command()(export_command.command)
    done = CliRunner().invoke(single, ["--report", "payouts", "--month", MONTH, "--format", "jsonl"])
    assert [json.loads(line)["kind"] for line in done.stdout.splitlines()] == ["payout"]


def test_nightly_pass_leaves_an_unreadable_entry_and_records_the_others(
    shop: Storefront, entries: list[LedgerEntry]
) -> None:
    """The payment is settled meanwhile: its list and the list of settled transactions contain it."""
    shop.clock.advance(days=3)
    spoil(entries[2], "net")
    with captured_logs() as lines:
        counts = reconcile("nightly")
    assert "failed" not in counts
    logged = entries_with_code(lines, "item_unreadable")
    assert {each["pk"] for each in logged} == {f"LEDGER#{entries[2].entity_id}"}
    assert [each.status for each in account_ledger.list_settlements(MONTH, 10, None).items] == ["processed"] * 2


def test_nightly_pass_reads_payments_and_refunds_once_for_orders_and_ledger(
    shop: Storefront, student: Api, admin: Api, gateway_calls: list[str]
) -> None:
    order_id = buy(shop, student)
    shop.control("POST", f"payments/{shop.payment(order_id).payment_id}/refund", {"amount": 10_000})
    shop.clock.advance(days=1)
    gateway_calls.clear()
    reconcile("nightly")
    lists = [call.split("?")[0].split(" ")[1] for call in gateway_calls if "?" in call]
    assert {name: lists.count(f"/v1/{name}") for name in ("payments", "refunds")} == {"payments": 2, "refunds": 2}
    kinds = [each.ledger_kind.value for each in account_ledger.list_month(MONTH, 10, None).items]
    assert kinds == ["payment", "refund"]
