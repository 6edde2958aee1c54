"""A month of trade: the exported GSTR-1, ledger and payouts agree with the gateway's own books to the paisa."""

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from cli import export as export_command
from local.razorpay.operations.settlements import books, settlements
from local.razorpay.operations.transactions import transactions
from shared import seller_day
from shared.config import settings
from shared.db.payments import account_ledger
from shared.domain.account_ledger import LedgerKind
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.storefront import Storefront, put_published_course
from tests.protocol.reconciliation.actions import reconcile

SELLER: Final = "27AAPFU0939F1ZV"
FIRM: Final = {"name": "Notes Private Limited", "address": "4 Residency Road\nBengaluru 560025"}
STATES: Final = ("27", "29", "33", "07")
PRICES: Final = (49_900, 99_900, 12_345, 15_000_000)
DAYS: Final = 31
IST: Final = ZoneInfo("Asia/Kolkata")
BOOK_NAMES: Final = {
    "payment": "payments",
    "fee": "fees",
    "fee_tax": "tax",
    "refund": "refunds",
    "dispute": "disputes",
    "adjustment": "adjustments",
    "settlement": "settlements",
}


@pytest.fixture(autouse=True)
def registered_seller(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LMS_SELLER_GSTIN", SELLER)
    monkeypatch.setattr("cli.export.running_stack_settings", nullcontext)
    settings.cache_clear()
    yield
    settings.cache_clear()


class Trade:
    """Learners buy, and some of their payments are refunded or disputed. The same in every run."""

    def __init__(self, shop: Storefront, new_user: Callable[..., Api], gstin: str) -> None:
        self.shop, self.new_user, self.gstin = shop, new_user, gstin
        self.random = random.Random(12)
        self.courses = [put_published_course(shop.course.instructor_id, amount=price) for price in PRICES]
        self.paid: list[str] = []

    def day(self, *, sells: bool) -> None:
        """A day with its purchases and refunds, and the night after it."""
        for _ in range(self.random.randint(1, 4) if sells else 0):
            self._buy()
        if sells:
            self._return_money()
        for _ in range(6):
            self.shop.clock.advance(minutes=4 * 60)
            self.shop.gateway.tick()
            self.shop.deliver()
        self.shop.sweep()
        reconcile("nightly")

    def _buy(self) -> None:
        learner, course = self.new_user("student"), self.random.choice(self.courses)
        buyer: dict[str, Any] = {"state": self.random.choice(STATES)}
        if self.random.random() < 0.3:
            buyer = {"gstin": self.gstin, "firm": FIRM}
        order = self.shop.create_order(learner, course.course_id, **buyer)
        self.paid.append(self.shop.pay(order["order_id"])["razorpay_payment_id"])
        self.shop.deliver()
        self.shop.clock.advance(minutes=10)

    def _return_money(self) -> None:
        payment_id = self.random.choice(self.paid)
        action = self.random.choice(["refund", "part", "dispute", "lost", "adjustment", "other"])
        payment = self.shop.gateway.ledger.payments[payment_id]
        left = payment.amount - payment.amount_refunded
        disputed = any(each.payment_id == payment_id for each in self.shop.gateway.ledger.disputes.values())
        if action == "adjustment":
            self.shop.control("POST", "adjustments", {"amount": self.random.choice([-1_180, 2_500])})
        elif action == "other":
            self.shop.control("POST", "other_products/pay", {"product": "qr_code", "amount": 77_777})
        elif disputed or left < 10_000:
            return
        elif action in ("refund", "part"):
            amount = left if action == "refund" else self.random.randint(100, left // 3)
            self.shop.control("POST", f"payments/{payment_id}/refund", {"amount": amount})
        elif payment.amount_refunded == 0:
            body: dict[str, Any] = {"status": "created", "deduct_at_onset": True}
            dispute = self.shop.control("POST", f"payments/{payment_id}/dispute", body)
            self.shop.deliver()
            self.shop.clock.advance(minutes=30)
            outcome = "lost" if action == "lost" else "won"
            self.shop.control("POST", f"disputes/{dispute['id']}", {"status": outcome})
        self.shop.deliver()


@pytest.fixture
def trade(shop: Storefront, new_user: Callable[..., Api]) -> Trade:
    """Trade from 1 December 2026 on, in Indian time, until everything is settled."""
    start = datetime(2026, 12, 1, 9, tzinfo=IST).astimezone(UTC)
    shop.clock.advance(seconds=(start - shop.clock.now()).total_seconds())
    done = Trade(shop, new_user, "29AAGCB7383J1Z4")
    for _ in range(DAYS - 1):
        done.day(sells=True)
    for _ in range(5):
        done.day(sells=False)
    return done


def exported(report: str, month: str, file_format: str = "jsonl") -> list[dict[str, Any]]:
    code, output = run_command(export_command.command, "--report", report, "--month", month, "--format", file_format)
    assert code == 0, output
    if file_format == "csv":
        return list(csv.DictReader(io.StringIO(output)))
    return [json.loads(line) for line in output.splitlines()]


def sums(rows: list[dict[str, Any]]) -> Counter[str]:
    """Kind > sum of its amounts."""
    found: Counter[str] = Counter()
    for row in rows:
        found[row["kind"]] += row["amount"]
    return found


def test_exports_of_a_month_agree_with_the_books_of_the_gateway(trade: Trade) -> None:
    gateway = trade.shop.gateway.ledger
    ledger = [row for month in ("2026-12", "2027-01") for row in exported("ledger", month)]
    books_ = books(gateway)

    # The ledger, by kind, and its balances.
    by_kind = sums(ledger)
    assert {name: by_kind[kind] for kind, name in BOOK_NAMES.items()} == {
        name: books_[name] for name in BOOK_NAMES.values()
    }
    assert by_kind["transfer"] == 0
    december, january = exported("ledger", "2026-12"), exported("ledger", "2027-01")
    assert december[0]["amount"] == 0
    assert december[-1]["amount"] == january[0]["amount"] == sum(row["amount"] for row in december[:-1])
    assert january[-1]["amount"] == books_["balance"]

    # The payouts: each is explained by what it transfers.
    payouts = [row for month in ("2026-12", "2027-01") for row in exported("payouts", month)]
    at_gateway = {each.id: each.amount for each in settlements(gateway)}
    deposits = [row for row in payouts if row["kind"] == "payout"]
    assert {row["payout_id"]: row["amount"] for row in deposits} == at_gateway
    assert {row["unexplained"] for row in deposits} == {0}
    transferred: Counter[str] = Counter()
    for row in payouts:
        transferred[row["payout_id"]] += 0 if row["kind"] == "payout" else row["amount"]
    assert transferred == at_gateway

    # GSTR-1: invoices are the captured payments of ours, notes what was returned of them.
    documents = [row for month in ("2026-12", "2027-01") for row in exported("gstr1", month) if row["number"]]
    invoices = [row for row in documents if row["number"].startswith("L/")]
    captured = [payment for payment in gateway.payments.values() if payment.captured and payment.order_id]
    assert sum(row["amount"] for row in invoices) == sum(payment.amount for payment in captured)
    assert len(invoices) == len(captured) == len(trade.paid)
    other_products = sum(each.amount for each in gateway.payments.values() if each.captured and not each.order_id)
    assert sum(row["amount"] for row in invoices) + other_products == books_["payments"]
    notes = [row for row in documents if row not in invoices]
    assert sum(row["amount"] for row in notes) == books_["refunds"] + books_["disputes"]
    assert {row["section"] for row in documents} == {"b2b", "b2cs", "b2cl", "cdnr", "cdnur"}
    assert all(row["taxable"] + row["cgst"] + row["sgst"] + row["igst"] == row["amount"] for row in documents)
    assert all(row["cgst"] == row["sgst"] for row in documents)


def test_gstr1_sums_are_those_of_its_documents(trade: Trade) -> None:
    rows = exported("gstr1", "2026-12")
    documents = [row for row in rows if row["number"]]
    totals = [row for row in rows if row["section"] == "hsn_total"]
    assert [(row["sac"], row["rate_basis_points"]) for row in totals] == [("999293", 1_800)]
    for name in ("amount", "taxable", "cgst", "sgst", "igst"):
        assert totals[0][name] == sum(row[name] for row in documents)
    small = [row for row in documents if row["section"] == "b2cs"]
    by_state = {row["place_of_supply"]: row for row in rows if row["section"] == "b2cs_total"}
    assert set(by_state) == {row["place_of_supply"] for row in small} == set(STATES)
    for state, row in by_state.items():
        of_state = [each for each in small if each["place_of_supply"] == state]
        for name in ("amount", "taxable", "cgst", "sgst", "igst"):
            assert row[name] == sum(each[name] for each in of_state)
        assert (row["igst"] == 0) is (state == "27")


def test_month_of_gstr1_is_that_of_the_sale_in_india(trade: Trade) -> None:
    invoices = [row for row in exported("gstr1", "2026-12") if str(row["number"]).startswith("L/")]
    captured = [
        payment for payment in trade.shop.gateway.ledger.payments.values() if payment.captured_at and payment.order_id
    ]
    months = Counter(seller_day.month(datetime.fromtimestamp(each.captured_at or 0, UTC)) for each in captured)
    assert len(invoices) == months["2026-12"]
    assert all(row["day"].startswith("2026-12") for row in invoices)


def test_api_lists_the_same_rows_as_the_export(trade: Trade, admin: Api) -> None:
    found: list[dict[str, Any]] = []
    path = "/api/reports/ledger?month=2026-12&limit=100"
    cursor: str | None = ""
    while cursor is not None:
        reply = admin.get(path + (f"&cursor={cursor}" if cursor else ""))
        assert reply.status == 200, reply.text
        found += reply.json["items"]
        cursor = reply.json["next_cursor"]
    assert len(found) == len(list(account_ledger.list_month("2026-12", 10_000, None).items))
    rows = exported("ledger", "2026-12")
    (totals,) = reply.json["totals"]
    assert (totals["opening_balance"], totals["closing_balance"]) == (rows[0]["amount"], rows[-1]["amount"])
    assert sum(each["net"] for each in found) == totals["closing_balance"]
    assert {kind.value: totals[kind.value] for kind in LedgerKind} == {
        kind.value: sums(rows)[kind.value] for kind in LedgerKind
    }


def test_csv_has_the_rows_of_json_lines(trade: Trade) -> None:
    for report in ("ledger", "payouts", "gstr1"):
        rows, lines = exported(report, "2026-12", "csv"), exported(report, "2026-12")
        assert [row["amount"] for row in rows] == [str(line["amount"]) for line in lines]
        assert list(rows[0]) == list(lines[0])
        assert all(list(line) == list(lines[0]) for line in lines)


def test_trade_has_every_kind_of_transaction(trade: Trade) -> None:
    """The test above would prove little about a kind that does not occur."""
    kinds = Counter("dispute" if each.dispute_id else each.type for each in transactions(trade.shop.gateway.ledger))
    assert min(kinds[kind] for kind in ("payment", "refund", "dispute", "adjustment")) >= 3
