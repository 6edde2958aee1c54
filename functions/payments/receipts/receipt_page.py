"""A receipt as one page to print: nothing from elsewhere, everything escaped."""

from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from functions.payments.receipts.receipt_service import NumberedReceipt
from shared.domain import gst
from shared.domain.gst import Tax

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"
"""Content-Security-Policy: the page has a style of its own, and nothing else."""

_LAKH_GROUP: Final = 2


def render(numbered: NumberedReceipt) -> str:
    """HTML. Dates are Indian, amounts in rupees and paise (other currencies: their code before the amount)."""
    receipt, tax = numbered.receipt, numbered.tax
    state = gst.STATES.get(receipt.learner_state or "", "")
    learner = [("Name", receipt.learner_name)]
    if tax:
        place = receipt.learner_state or receipt.seller_gstin[:2]
        learner.append(("Place of supply", f"{gst.STATES[place]} ({place})"))
    elif state:
        learner.append(("State", state))
    return _template().substitute(
        title=numbered.title,
        number=escape(receipt.number),
        heading=_pairs([("Number", receipt.number), ("Date", _day(receipt.captured_at))]),
        seller=escape(receipt.seller_name),
        address=escape(receipt.seller_address or ""),
        gstin=f"<p>GSTIN {escape(receipt.seller_gstin)}</p>" if tax else "",
        learner=_pairs(learner),
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
    title = escape(receipt.course_title)
    if tax is None:
        head, row = ["Course", "Amount"], [title, _money(receipt.amount, receipt.currency)]
    else:
        names, amounts = _columns(tax, receipt.rate_basis_points, receipt.currency)
        head = ["Course", "SAC", "Taxable value", *names, "Amount"]
        taxable = _money(tax.taxable, receipt.currency)
        row = [title, gst.SAC, taxable, *amounts, _money(receipt.amount, receipt.currency)]
    foot = f'<tr><th colspan="{len(head) - 1}">Paid</th><td>{_money(receipt.amount, receipt.currency)}</td></tr>'
    return _table(head, [row], foot)


def _credits(numbered: NumberedReceipt) -> str:
    currency, rate = numbered.receipt.currency, numbered.receipt.rate_basis_points
    head, rows = ["Given back on", "Amount"], []
    for credit in numbered.credits:
        parts: list[str] = []
        if credit.tax:
            names, amounts = _columns(credit.tax, rate, currency, integrated=bool(numbered.tax and numbered.tax.igst))
            head = ["Given back on", "Taxable value", *names, "Amount"]
            parts = [_money(credit.tax.taxable, currency), *amounts]
        rows.append([_day(credit.at), *parts, _money(credit.amount, currency)])
    kept = f"Paid, less what was given back</th><td>{_money(numbered.net_amount, currency)}</td>"
    foot = f'<tr><th colspan="{len(head) - 1}">{kept}</tr>'
    return f'<h2>Given back</h2><div class="lines">{_table(head, rows, foot)}</div>'


def _columns(tax: Tax, rate: int, currency: str, *, integrated: bool | None = None) -> tuple[list[str], list[str]]:
    if bool(tax.igst) if integrated is None else integrated:
        return [f"IGST {_percent(rate)}"], [_money(tax.igst, currency)]
    half = _percent(rate / 2)
    return [f"CGST {half}", f"SGST {half}"], [_money(tax.cgst, currency), _money(tax.sgst, currency)]


def _table(head: list[str], rows: list[list[str]], foot: str) -> str:
    """`head` is text; cells are HTML."""
    titles = "".join(f"<th>{escape(each)}</th>" for each in head)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody><tfoot>{foot}</tfoot></table>"


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs)


def _notes(tax: Tax | None) -> list[str]:
    told = ["Made by a computer: valid without a signature."]
    return ["The price includes the tax. Tax is not payable on reverse charge.", *told] if tax else told


def _day(moment: datetime) -> str:
    local = moment.astimezone(gst.IST)
    return f"{local.day} {local:%B %Y}"


def _percent(basis_points: float) -> str:
    return f"{basis_points / 100:g} %"


def _money(minor: int, currency: str) -> str:
    whole, rest = divmod(minor, 100)
    if currency != "INR":
        return f"{escape(currency)} {whole:,}.{rest:02d}"
    return f"₹ {_lakhs(str(whole))}.{rest:02d}"


def _lakhs(digits: str) -> str:
    """Grouped as India does: 12,34,567."""
    first, last = digits[:-3], digits[-3:]
    groups = [last]
    while first:
        first, group = first[:-_LAKH_GROUP], first[-_LAKH_GROUP:]
        groups.insert(0, group)
    return ",".join(groups)
