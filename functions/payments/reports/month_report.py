"""The report on a month: the sums of the documents, and those of the account. Amounts in minor units.

The number of reads depends neither on the sales of the month nor on those before it: the sums are kept by month."""

from datetime import timedelta
from typing import Final

from functions.payments.reconciliation.passes import NIGHTLY
from functions.payments.reports import report_presenter
from functions.payments.reports.month_schemas import (
    DocumentPartsOut,
    DocumentSumsOut,
    DocumentTotalsOut,
    MonthReportOut,
    MonthSalesOut,
)
from shared import clock
from shared.db import due_index
from shared.db.entities import DocumentMonth
from shared.db.payments import account_ledger, reconciliation_state
from shared.db.read_models.document_months import document_months

MAX_WAITING: Final = 100
_FAR_AHEAD: Final = timedelta(days=366)
"""A document whose number could not be assigned is due again later."""
_MONTHS_OF_A_YEAR: Final = 12


def month_report(month: str) -> MonthReportOut:
    """The report on `month` ("2026-11"): two Queries for the sums, four for what has no number, and one GetItem. Raises
    StoreUnavailable."""
    names: list[str] = []
    ledger_names: list[str] = []
    months = document_months(_year_before(month), month, names.append)
    nightly = reconciliation_state.read_pass(NIGHTLY.name)
    ledger_months = account_ledger.totals_until(month, ledger_names.append)
    return MonthReportOut(
        month=month,
        documents=[_documents(currency, stored) for (each, currency), stored in months.items() if each == month],
        account=report_presenter.totals(month, ledger_months, ledger_names),
        waiting_documents=len(due_index.list_due_receipts(clock.now() + _FAR_AHEAD, MAX_WAITING)),
        recorded_until=nightly.complete_until if nightly else None,
        recent=[_sales(each, currency, stored) for (each, currency), stored in months.items()],
        unreadable=[*names, *ledger_names],
    )


def _year_before(month: str) -> str:
    """The first of the twelve months up to `month`."""
    year, number = map(int, month.split("-"))
    return f"{year:04d}-01" if number == _MONTHS_OF_A_YEAR else f"{year - 1:04d}-{number + 1:02d}"


def _documents(currency: str, stored: DocumentMonth) -> DocumentTotalsOut:
    receipts, credit, debit = (_sums(stored, name) for name in ("receipt", "credit", "debit"))
    net = {
        name: getattr(receipts, name) - getattr(credit, name) + getattr(debit, name)
        for name in DocumentPartsOut.model_fields
    }
    return DocumentTotalsOut(
        currency=currency,
        list_amount=stored.list_amount,
        discount=stored.discount,
        receipts=receipts,
        credit_notes=credit,
        debit_notes=debit,
        net=DocumentPartsOut(**net),
    )


def _sums(stored: DocumentMonth, name: str) -> DocumentSumsOut:
    """The sums of the documents of a type: receipt, credit or debit."""
    return DocumentSumsOut(**{part: getattr(stored, f"{name}_{part}") for part in DocumentSumsOut.model_fields})


def _sales(month: str, currency: str, stored: DocumentMonth) -> MonthSalesOut:
    returned = stored.credit_amount - stored.debit_amount
    return MonthSalesOut(month=month, currency=currency, receipts=stored.receipt_amount, returned=returned)
