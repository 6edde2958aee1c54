"""Computes the sums of the receipts and notes by month from the documents that each month lists."""

from collections import Counter
from collections.abc import Iterable

from functions.dashboards.recount import counter_names
from shared.db.entities import CreditNote, Receipt
from shared.db.table.keys import Key


def count_documents(counters: Counter[str], receipts: Iterable[Receipt], notes: Iterable[CreditNote]) -> None:
    for receipt in receipts:
        if listing := receipt.listing:
            owner = _owner(listing, receipt.currency)
            _count(counters, owner, "receipt", receipt)
            counters[counter_names.counter(owner, "list_amount")] += receipt.list_amount or receipt.amount
            counters[counter_names.counter(owner, "discount")] += receipt.discount or 0
    for note in notes:
        if listing := note.listing:
            _count(counters, _owner(listing, note.currency), note.note_type, note)


def _owner(listing: Key, currency: str) -> str:
    """The month is that of the day in the sort key of the list: `L#2026-11-30#…`."""
    _, day, *_ = listing.sk.split("#")
    return counter_names.documents(day[:7], currency)


def _count(counters: Counter[str], owner: str, name: str, document: Receipt | CreditNote) -> None:
    taxed = document.taxable is not None
    counters[counter_names.counter(owner, f"{name}_count")] += 1
    counters[counter_names.counter(owner, f"{name}_amount")] += document.amount
    if taxed:
        counters[counter_names.counter(owner, f"{name}_taxable")] += document.taxable
        counters[counter_names.counter(owner, f"{name}_cgst")] += document.cgst
        counters[counter_names.counter(owner, f"{name}_sgst")] += document.sgst
        counters[counter_names.counter(owner, f"{name}_igst")] += document.igst
