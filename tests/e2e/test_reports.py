"""The month of an admin, its downloads, and the documents of a purchase."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Page, expect

from local.paths import ROOT
from tests.e2e.conftest import ADMIN_EMAIL, Window
from tests.e2e.product import Product, running_product
from tests.e2e.users import PASSWORD, User, assert_eventually, create_published_course

SCRIPTS = Path(__file__).parent
PHONE = {"width": 390, "height": 844}
SETTLED: Final = "2026-03"
"""A month whose ledger the test writes: the gateway settles days after a sale."""
RECORD: Final = """
from datetime import UTC, datetime
from cli._settings import running_stack_settings
with running_stack_settings():
    from shared.db.payments import account_ledger
    from shared.domain.account_ledger import AccountTransaction, LedgerKind
    def at(day):
        return datetime(2026, 3, day, 6, tzinfo=UTC)
    sale = dict(kind=LedgerKind.PAYMENT, net=9_764, currency="INR", fee=236, tax=36)
    transactions = [
        AccountTransaction(entity_id=f"pay_{day:02d}", at=at(day), settlement_id=settled, **sale)
        for day, settled in [*((day, "setl_1") for day in range(1, 13)), (20, None)]
    ]
    refund = dict(kind=LedgerKind.REFUND, net=-4_000, currency="INR", description="=late, and wrong")
    transactions.append(AccountTransaction(entity_id="rfnd_1", at=at(13), settlement_id="setl_1", **refund))
    payout = dict(kind=LedgerKind.SETTLEMENT, net=4_000 - 12 * 9_764, currency="INR", utr="UTR1", status="processed")
    transactions.append(AccountTransaction(entity_id="setl_1", at=at(15), settlement_id="setl_1", **payout))
    account_ledger.record(transactions)
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A seller in Maharashtra who issues tax invoices."""
    settings = {"LMS_SELLER_GSTIN": "27AAPFU0939F1ZV", "LMS_SELLER_ADDRESS": "12 MG Road, Pune 411001"}
    with running_product(tmp_path_factory.mktemp("reports"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def _admin(product: Product) -> None:
    product.run_cli("create-admin", "--email", ADMIN_EMAIL, "--password", PASSWORD, "--name", "Priya Nair")


@pytest.fixture(scope="module")
def settled(product: Product) -> None:
    subprocess.run([sys.executable, "-c", RECORD], cwd=ROOT, env=product.env, check=True)


def refunded_purchase(instructor: User, student: User, razorpay_url: str) -> str:
    """An order of ₹999 with a refund of ₹100, both with their documents."""
    course = create_published_course(instructor, "Sundials", amount=99_900)
    order: str = student.post("/api/payments/create-order", {"course_id": course["id"], "state": "27"})["order_id"]
    paid = httpx.post(f"{razorpay_url}/_local/orders/{order}/pay", json={"outcome": "captured"}).json()
    student.post("/api/payments/verify", paid)
    assert_eventually(lambda: student.get(f"/api/payments/{order}")["payment"]["status"] == "captured")
    httpx.post(f"{razorpay_url}/_local/payments/{paid['razorpay_payment_id']}/refund", json={"amount": 10_000})
    assert_eventually(lambda: bool(student.get(f"/api/payments/{order}/receipt")["credits"]))
    return order


def statement(page: Page, title: str) -> dict[str, str]:
    panel = page.locator("section.panel", has=page.get_by_role("heading", name=title))
    names, amounts = panel.locator("dt").all_inner_texts(), panel.locator("dd").all_inner_texts()
    return dict(zip(names, amounts, strict=True))


def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


@pytest.mark.usefixtures("settled")
def test_admin_reads_a_settled_month_opens_a_payout_and_downloads_what_the_command_exports(
    window: Window, admin: User, product: Product
) -> None:
    page = window.open_signed_in(admin, "/admin")
    page.get_by_role("link", name="Reports").click()
    page.get_by_label("Month").select_option("Mar 2026")
    expect(page.get_by_text("What was sold, taxed and paid out in Mar 2026.")).to_be_visible()
    expect(page.get_by_text("The account at Razorpay is not recorded yet")).to_be_visible()
    assert statement(page, "Account at Razorpay in INR") == {
        "Balance at the start": "₹0.00",
        "Payments": "₹1,300.00",
        "Refunds": "\N{MINUS SIGN}₹40.00",
        "Disputes": "₹0.00",
        "Fees": "\N{MINUS SIGN}₹26.00",
        "Tax on fees": "\N{MINUS SIGN}₹4.68",
        "Adjustments": "₹0.00",
        "Payouts to the bank": "\N{MINUS SIGN}₹1,131.68",
        "Balance at the end": "₹97.64",
    }
    ledger = page.get_by_role("region", name="Ledger")
    expect(ledger.locator("tbody tr")).to_have_count(10)
    page.get_by_role("button", name="Load more").click()
    expect(ledger.locator("tbody tr")).to_have_count(15)
    expect(ledger.get_by_text("not paid out yet")).to_have_count(1)
    page.get_by_role("button", name="Open the payout of 15 Mar 2026").click()
    payout = page.get_by_role("region", name="Payout UTR1").locator("tbody tr")
    expect(payout).to_have_count(10)
    page.locator(".opened").get_by_role("button", name="Load more").click()
    expect(payout).to_have_count(13)  # without the transfer itself
    for report, file_format, label in (("ledger", "csv", "CSV"), ("payouts", "jsonl", "JSON Lines")):
        exported = product.run_cli("export", "--report", report, "--month", SETTLED, "--format", file_format)
        name, content = downloaded(page, f"Download {report} as {label}")
        assert name == f"{report}-{SETTLED}.{file_format}"
        assert rows(content.decode(), file_format) == rows(exported, file_format)


def rows(text: str, file_format: str) -> Any:
    lines = text.splitlines()
    assert lines
    return [json.loads(line) for line in lines] if file_format == "jsonl" else lines


def test_month_of_a_sale_and_its_documents(
    window: Window, admin: User, instructor: User, student: User, product: Product, razorpay_url: str
) -> None:
    order = refunded_purchase(instructor, student, razorpay_url)
    product.run_cli("sweep")
    receipt = student.get(f"/api/payments/{order}/receipt")
    month = receipt["day"][:7]
    counted = f"/api/reports/month?month={month}"
    assert_eventually(lambda: [one["credit_notes"]["count"] for one in admin.get(counted)["documents"]] == [1])
    page = window.open_signed_in(admin, f"/admin/reports?month={month}")
    expect(page.get_by_role("heading", name="Sales in INR")).to_be_visible()
    assert statement(page, "Sales in INR") == {
        "List price of 1 sale": "₹999.00",
        "Discounts": "₹0.00",
        "Sales": "₹999.00",
        "1 credit note": "\N{MINUS SIGN}₹100.00",
        "0 debit notes": "₹0.00",
        "Net sales": "₹899.00",
        "GST in it": "₹137.12",
    }
    exported = product.run_cli("export", "--report", "gstr1", "--month", month)
    assert rows(downloaded(page, "Download gstr1 as CSV")[1].decode(), "csv") == rows(exported, "csv")

    page = window.open_signed_in(student, "/purchases")
    page.get_by_role("link", name="Receipt").click()
    note = receipt["credits"][0]["note"]["number"]
    for button, number in (("Download PDF", receipt["number"]), (f"Download PDF of credit note {note}", note)):
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        assert download.value.suggested_filename == f"{number.replace('/', '-')}.pdf"
        assert download.value.path().read_bytes().startswith(b"%PDF-")
    page.emulate_media(media="print")
    for hidden in (page.get_by_role("button", name="Print"), page.locator("#top")):
        expect(hidden).to_be_hidden()
    expect(page.get_by_text(f"Credit note {note}")).to_be_visible()


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light", "viewport": PHONE}, {"color_scheme": "dark"}],
    ids=["light phone", "dark desktop"],
)
@pytest.mark.usefixtures("settled")
def test_reports_fit_viewport_and_have_accessible_names_and_contrast(
    window: Window, admin: User, options: dict[str, Any]
) -> None:
    page = window.open_signed_in(admin, f"/admin/reports?month={SETTLED}", **options)
    page.get_by_role("button", name="Open the payout of").click()
    expect(page.get_by_role("region", name="Payout UTR1")).to_be_visible()
    for name in ("overflow", "accessible_names", "contrast"):
        assert page.evaluate((SCRIPTS / f"{name}.js").read_text()) == []


def test_month_that_is_none_says_so(window: Window, admin: User) -> None:
    page = window.open_signed_in(admin, "/admin/reports?month=2026-13")
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    window.console_errors.clear()
