"""A receipt as one HTML page to print. The page loads no other file, and every value in it is escaped."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from functions.payments.receipts.receipt_service import Credit, NumberedReceipt
from functions.payments.receipts.receipt_text import TaxColumns, buyer_of_receipt, reductions
from functions.payments.receipts.receipt_text import money as _money
from functions.payments.receipts.receipt_text import tax_columns as _tax_columns
from shared import seller_day
from shared.domain import gst
from shared.domain.credit_notes import NoteType
from shared.domain.gst import Tax

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"
"""The Content-Security-Policy of the page. It allows only the inline style."""


def render(numbered: NumberedReceipt) -> str:
    """The page as HTML. Dates are days of the seller; amounts are in rupees and paise, and those of other currencies
    with the currency's code."""
    receipt, tax = numbered.receipt, numbered.tax
    return _template().substitute(
        title=numbered.title,
        number=escape(receipt.number),
        heading=_pairs([("Number", receipt.number), ("Date", seller_day.in_words(numbered.day))]),
        seller=escape(receipt.seller_name),
        address=escape(receipt.seller_address or ""),
        gstin=f"<p>GSTIN {escape(receipt.seller_gstin)}</p>" if tax else "",
        learner=_pairs(buyer_of_receipt(receipt)),
        payment=_pairs([("Order", receipt.order_id), ("Payment", receipt.payment_id)]),
        lines=_lines(numbered),
        credits=_credits(numbered) if numbered.credits else "",
        notes=" ".join(_notes(tax)),
    )


@cache
def _template() -> Template:
    return Template((Path(__file__).parent / "receipt.html").read_text(encoding="utf-8"))


def _lines(numbered: NumberedReceipt) -> str:
    receipt, tax = numbered.receipt, numbered.tax
    title, amount = escape(receipt.course_title), _money(receipt.amount, receipt.currency)
    if tax is None:
        head, row = ["Course", "Amount"], [title, amount]
    else:
        columns = _tax_columns(tax, receipt.rate_basis_points, receipt.currency, integrated=bool(tax.igst))
        head = ["Course", "SAC", "Taxable value", *columns.names, "Amount"]
        row = [title, gst.SAC, _money(tax.taxable, receipt.currency), *columns.amounts, amount]
    span = f'colspan="{len(head) - 1}"'
    foot = "".join(
        f'<tr class="reduction"><th {span}>{escape(name)}</th><td>{value}</td></tr>'
        for name, value in reductions(receipt)
    )
    foot += f"<tr><th {span}>Paid</th><td>{amount}</td></tr>"
    return _table(head, [row], foot)


def _credits(numbered: NumberedReceipt) -> str:
    currency = numbered.receipt.currency
    head, rows = ["Note", "Refunded on", "Amount"], []
    for credit in numbered.credits:
        tax_cells: list[str] = []
        if credit.tax:
            columns = _credit_tax_columns(numbered, credit.tax)
            head = ["Note", "Refunded on", "Taxable value", *columns.names, "Amount"]
            tax_cells = [_money(credit.tax.taxable, currency), *columns.amounts]
        taken_back = " (taken back)" if credit.amount < 0 else ""
        rows.append(
            [_note(credit), seller_day.in_words(credit.day) + taken_back, *tax_cells, _money(credit.amount, currency)]
        )
    net = f"<td>{_money(numbered.net_amount, currency)}</td>"
    foot = f'<tr><th colspan="{len(head) - 1}">Paid, less refunds</th>{net}</tr>'
    return f'<h2>Refunds</h2><div class="lines">{_table(head, rows, foot)}</div>'


def _note(credit: Credit) -> str:
    """Type, number and date of the credit or debit note; without the number while it has none."""
    note = credit.note
    if note is None:
        return ""
    name = "Credit note" if note.note_type == NoteType.CREDIT else "Debit note"
    return f"{name} {escape(note.number)}, {seller_day.in_words(note.day)}" if note.number else name


def _credit_tax_columns(numbered: NumberedReceipt, tax: Tax) -> TaxColumns:
    """The same columns as on the receipt. The receipt decides, because the IGST of a small credit may be rounded to
    0."""
    integrated = bool(numbered.tax and numbered.tax.igst)
    return _tax_columns(tax, numbered.receipt.rate_basis_points, numbered.receipt.currency, integrated=integrated)


def _table(head: list[str], rows: list[list[str]], foot: str) -> str:
    """`head` is text; the cells of `rows` and `foot` are HTML."""
    head_cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head_cells}</tr></thead><tbody>{lines}</tbody><tfoot>{foot}</tfoot></table>"


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs)


def _notes(tax: Tax | None) -> list[str]:
    notes = ["This document is computer-generated and needs no signature."]
    if tax:
        notes.insert(0, "The price includes the tax. Tax is not payable on reverse charge.")
    return notes
