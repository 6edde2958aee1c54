"""What a receipt, a credit note or a debit note says, as text in the order in which the law lists it.

Tax invoice: CGST Rules 2017, rule 46. Credit and debit note: rule 53(1A), with the number and date of the invoice that
it changes. Both are unverified: read in copies (https://cbic-gst.gov.in/gst-acts.html).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.payments.documents.document_service import NumberedNote
from functions.payments.receipts.receipt_text import buyer_of_receipt, money, reductions, tax_columns
from shared import seller_day
from shared.db.entities import CreditNote, Receipt
from shared.domain import gst
from shared.domain.credit_notes import NoteType
from shared.domain.gst import Tax
from shared.schemas import MAX_ADDRESS_LINES

Pair = tuple[str, str]

_NOTE_TITLES: Final = {NoteType.CREDIT: "Credit note", NoteType.DEBIT: "Debit note"}


@dataclass(frozen=True)
class DocumentText:
    """`date` is the date of the document in UTC. `seller`: the lines below the seller's name. `head` and `row`: the
    table with its only row, whose last cell is the amount, tax included. `total` names that amount. `reductions` lead
    to it from the list price."""

    title: str
    number: str
    date: datetime
    facts: list[Pair]
    seller_name: str
    seller: list[str]
    buyer: list[Pair]
    references: list[Pair]
    head: list[str]
    row: list[str]
    reductions: list[Pair]
    total: str
    remarks: list[str]

    def texts(self) -> Iterator[str]:
        """Every text that a user or the seller wrote, or that is not ASCII."""
        yield from (self.seller_name, *self.seller, *self.head, *self.row)
        yield from (value for _, value in (*self.buyer, *self.references))


def receipt_text(receipt: Receipt) -> DocumentText:
    """A numbered receipt: a tax invoice if the seller had a GSTIN."""
    return _document(
        receipt,
        receipt,
        title=_title(receipt),
        date=receipt.captured_at,
        facts=[("Number", receipt.number), ("Date", _day_of(receipt))],
        total="Paid",
    )


def note_text(numbered: NumberedNote) -> DocumentText:
    """A numbered credit or debit note, with its receipt."""
    note, receipt = numbered.note, numbered.receipt
    note_type = NoteType(note.note_type)
    is_credit = note_type is NoteType.CREDIT
    facts = [
        ("Number", note.number),
        ("Date", seller_day.in_words(note.day)),
        (_title(receipt), note.receipt_number),
        ("dated", seller_day.in_words(note.receipt_day)),
    ]
    refunded_on = seller_day.day(note.refunded_at)
    if refunded_on != note.day:
        facts.append(("Refunded on" if is_credit else "Taken back on", seller_day.in_words(refunded_on)))
    return _document(
        receipt,
        note,
        title=_NOTE_TITLES[note_type],
        date=note.issued_at,
        facts=facts,
        total="Credited" if is_credit else "Charged again",
    )


def _document(
    receipt: Receipt, numbered: Receipt | CreditNote, *, title: str, date: datetime, facts: list[Pair], total: str
) -> DocumentText:
    """`numbered` has the amount and its parts, `receipt` the parties."""
    tax, amount = _tax_parts(receipt, numbered), money(numbered.amount, receipt.currency)
    head, row = ["Course", "Amount"], [receipt.course_title, amount]
    if tax:
        integrated = bool(receipt.igst)
        columns = tax_columns(tax, receipt.rate_basis_points, receipt.currency, integrated=integrated)
        head = ["Course", "SAC", "Taxable value", *columns.names, "Amount"]
        row = [receipt.course_title, gst.SAC, money(tax.taxable, receipt.currency), *columns.amounts, amount]
    return DocumentText(
        title=title,
        number=numbered.number,
        date=date,
        facts=facts,
        seller_name=receipt.seller_name,
        seller=_seller(receipt),
        buyer=[(name, "\n".join(_folded(value.splitlines()))) for name, value in buyer_of_receipt(receipt)],
        references=[("Order", receipt.order_id), ("Payment", receipt.payment_id)],
        head=head,
        row=row,
        reductions=reductions(receipt) if numbered is receipt else [],
        total=total,
        remarks=_remarks(tax),
    )


def _tax_parts(receipt: Receipt, numbered: Receipt | CreditNote) -> Tax | None:
    """The parts that were stored with the number of the receipt, or of a note on it; None when the seller had no
    GSTIN."""
    if not receipt.seller_gstin:
        return None
    return Tax(numbered.taxable, numbered.cgst, numbered.sgst, numbered.igst)


def _title(receipt: Receipt) -> str:
    return "Tax invoice" if receipt.seller_gstin else "Receipt"


def _seller(receipt: Receipt) -> list[str]:
    lines = _folded((receipt.seller_address or "").splitlines())
    return [*lines, f"GSTIN {receipt.seller_gstin}"] if receipt.seller_gstin else lines


def _folded(lines: list[str]) -> list[str]:
    """The lines, or one line with all of them if there are more than an address may have now: those of earlier versions
    could have any number."""
    if len(lines) <= MAX_ADDRESS_LINES:
        return lines
    return [", ".join(filter(None, map(str.strip, lines)))]


def _day_of(receipt: Receipt) -> str:
    """The date that the receipt bears. Receipts that version 0.2.0 numbered did not store it."""
    return seller_day.in_words(receipt.day or seller_day.day(receipt.captured_at))


def _remarks(tax: Tax | None) -> list[str]:
    remarks = ["The price includes the tax. Tax is not payable on reverse charge."] if tax else []
    return [*remarks, "This document is computer-generated and needs no signature."]
