"""The rows of the exported reports. Every row of a report has the same columns. Amounts in minor units.

The rows are read page by page, and only sums are kept: by State and rate, of which there are few."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from functions.payments.reports import report_presenter
from functions.payments.reports.report_schemas import LedgerTotalsOut, PayoutOut, TaxDocumentOut
from shared import clock, seller_day
from shared.db.entities import LedgerEntry
from shared.db.payments import account_ledger
from shared.db.payments.documents import tax_documents
from shared.db.table.store import every
from shared.db.table.unreadable_items import present_each
from shared.domain import gst
from shared.domain.account_ledger import LedgerKind, postings
from shared.domain.gstr1 import Gstr1Section

Row = dict[str, Any]

LEDGER_COLUMNS: Final = (
    *("day", "at", "kind", "amount", "currency", "entity_id", "payment_id", "order_id"),
    *("dispute_id", "settlement_id", "description"),
)
PAYOUT_COLUMNS: Final = ("payout_id", "utr", "payout_day", "status", "unexplained", *LEDGER_COLUMNS)
GSTR1_COLUMNS: Final = tuple(TaxDocumentOut.model_fields)
_PAGE_SIZE: Final = 100
_PARTS: Final = ("amount", "taxable", "cgst", "sgst", "igst")


class SumsDiffer(Exception):
    """The exported rows do not add up to the stored sums of the month."""


class RowsUnreadable(Exception):
    """Items of the month that cannot be read are not among the exported rows. The message names them."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"item_unreadable: {', '.join(names)}")


def ledger_rows(month: str) -> Iterator[Row]:
    """One row for each posting of the month, after the opening balance and before the closing balance of each
    currency. Raises RowsUnreadable or SumsDiffer after the last posting, and StoreUnavailable."""
    names: list[str] = []
    totals = report_presenter.totals(month, account_ledger.totals_until(month, names.append), names)
    for each in totals:
        yield _balance_row("opening_balance", each.currency, each.opening_balance)
    sums: Counter[tuple[str, str]] = Counter()
    for entry in every(lambda start: account_ledger.list_month(month, _PAGE_SIZE, start, names.append)):
        for row in _readable_rows(entry, names):
            sums[row["currency"], row["kind"]] += row["amount"]
            yield row
    _require_readable(names)
    for each in totals:
        _require_equal(each, sums)
        yield _balance_row("closing_balance", each.currency, each.closing_balance)


def payout_rows(month: str) -> Iterator[Row]:
    """One row for each transfer to the bank account in the month, of the kind `payout`, followed by one for each
    posting that it transfers. Raises RowsUnreadable after the last row, and StoreUnavailable."""
    names: list[str] = []
    for settlement in every(lambda start: account_ledger.list_settlements(month, _PAGE_SIZE, start, names.append)):
        presented = present_each(report_presenter.payout, [settlement], lambda each: names.append(each.settlement_id))
        for payout in presented:
            yield from _rows_of_payout(payout, names)
    _require_readable(names)


def gstr1_rows(month: str) -> Iterator[Row]:
    """One row for each document of the month, in its section of GSTR-1; then the sums: `b2cs_total` by State and rate,
    less notes, and `hsn_total` by service code and rate of everything. Raises RowsUnreadable after the last document,
    without sums that would be wrong, and StoreUnavailable."""
    names: list[str] = []
    by_state: dict[tuple[str, int], Counter[str]] = {}
    by_rate: dict[tuple[str, int], Counter[str]] = {}
    for document in every(lambda start: tax_documents.list_month(month, _PAGE_SIZE, start, names.append)):
        presented = present_each(
            report_presenter.tax_document, [document], lambda each: names.append(each.receipt.order_id)
        )
        for out in presented:
            if out.section is Gstr1Section.B2CS:
                _count(by_state.setdefault((out.place_of_supply or "", out.rate_basis_points), Counter()), out)
            if out.section is not Gstr1Section.UNTAXED:
                _count(by_rate.setdefault((out.sac, out.rate_basis_points), Counter()), out)
            yield out.model_dump(mode="json")
    _require_readable(names)
    for (state, rate), sums in sorted(by_state.items()):
        yield _sum_row("b2cs_total", sums, place_of_supply=state, rate_basis_points=rate)
    for (sac, rate), sums in sorted(by_rate.items()):
        yield _sum_row("hsn_total", sums, sac=sac, rate_basis_points=rate)


def _rows_of_payout(payout: PayoutOut, names: list[str]) -> Iterator[Row]:
    named = {"payout_id": payout.id, "utr": payout.utr, "payout_day": seller_day.day(payout.created_at)}
    row = {**_empty_posting(), "kind": "payout", "amount": payout.amount, "currency": payout.currency}
    yield {**named, "status": payout.status, "unexplained": payout.unexplained, **row}
    for posting in _postings_of(payout.id, names):
        yield {**named, "status": payout.status, "unexplained": None, **posting}


def _postings_of(settlement_id: str, names: list[str]) -> Iterator[Row]:
    for entry in every(lambda start: account_ledger.list_settled(settlement_id, _PAGE_SIZE, start, names.append)):
        if entry.ledger_kind is not LedgerKind.SETTLEMENT:
            yield from _readable_rows(entry, names)


def _require_readable(names: list[str]) -> None:
    if names:
        raise RowsUnreadable(names)


def _readable_rows(entry: LedgerEntry, names: list[str]) -> list[Row]:
    """The rows of an entry; none if it cannot be read, whose id is added to `names`."""
    presented = present_each(_posting_rows, [entry], lambda each: names.append(each.entity_id))
    return presented[0] if presented else []


def _posting_rows(entry: LedgerEntry) -> list[Row]:
    return [
        {
            "day": seller_day.day(entry.at),
            "at": clock.text(entry.at),
            "kind": kind.value,
            "amount": amount,
            "currency": entry.currency,
            "entity_id": entry.entity_id,
            "payment_id": entry.payment_id,
            "order_id": entry.order_id,
            "dispute_id": entry.dispute_id,
            "settlement_id": entry.settlement_id,
            "description": entry.description,
        }
        for kind, amount in postings(account_ledger.transaction_of(entry)).items()
    ]


def _empty_posting() -> Row:
    return dict.fromkeys(LEDGER_COLUMNS)


def _balance_row(kind: str, currency: str, amount: int) -> Row:
    return {**_empty_posting(), "kind": kind, "currency": currency, "amount": amount}


def _require_equal(totals: LedgerTotalsOut, sums: Counter[tuple[str, str]]) -> None:
    for kind in LedgerKind:
        stored, exported = getattr(totals, kind.value), sums[totals.currency, kind.value]
        if stored != exported:
            raise SumsDiffer(f"{totals.currency} {kind.value}: the rows add up to {exported}, the month to {stored}")


def _count(sums: Counter[str], document: TaxDocumentOut) -> None:
    sums.update({name: getattr(document, name) for name in _PARTS})


def _sum_row(section: str, sums: Counter[str], **named: object) -> Row:
    empty = dict.fromkeys(TaxDocumentOut.model_fields)
    return {
        **empty,
        "section": section,
        "currency": gst.TAXED_CURRENCY,
        **named,
        **{name: sums[name] for name in _PARTS},
    }
