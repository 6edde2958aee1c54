"""Routes of the reports for accounting, for admins."""

from functools import partial

from functions.payments.app import app
from functions.payments.reports import report_presenter
from functions.payments.reports.month_report import month_report
from functions.payments.reports.month_schemas import MonthOnlyQuery, MonthReportOut
from functions.payments.reports.report_errors import PayoutNotFound, PayoutUnreadable
from functions.payments.reports.report_schemas import (
    LedgerPage,
    MonthQuery,
    PayoutEntryPage,
    PayoutOut,
    PayoutPage,
    TaxDocumentPage,
)
from shared.db.payments import account_ledger
from shared.db.payments.documents import tax_documents
from shared.db.table import keys
from shared.db.table.unreadable_items import READ_ERRORS, present_each, report_unreadable
from shared.errors import CursorInvalid
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import PageQuery


@app.route("GET", "/api/reports/month", Access.ADMIN, query=MonthOnlyQuery, response=MonthReportOut)
def get_month_report(request: Request[None, MonthOnlyQuery]) -> Response:
    """Get the sums of a month: sales, discounts, tax, credit notes, fees, payouts, and the balance at the gateway.

    They are the sums of the exports. A document counts seconds after it has its number; the account is as of the last
    nightly reconciliation."""
    return Response(month_report(request.query.month))


@app.route("GET", "/api/reports/ledger", Access.ADMIN, query=MonthQuery, response=LedgerPage, errors=(CursorInvalid,))
def list_ledger_entries(request: Request[None, MonthQuery]) -> Response:
    """List the transactions of a month on the account at the gateway, with the balance before and after it.

    The nightly reconciliation records them. A deduction for a dispute, and any other adjustment, appears when the
    gateway settles it."""
    query = request.query
    names: list[str] = []
    months = account_ledger.totals_until(query.month, names.append)
    totals = report_presenter.totals(query.month, months, names)
    page = account_ledger.list_month(query.month, query.limit, start_key(request), names.append)
    items = present_each(report_presenter.entry, page.items, lambda each: names.append(each.entity_id))
    schema = partial(LedgerPage, month=query.month, totals=totals, unreadable=names)
    return page_response(request, items, page.next_key, schema)


@app.route("GET", "/api/reports/payouts", Access.ADMIN, query=MonthQuery, response=PayoutPage, errors=(CursorInvalid,))
def list_payouts(request: Request[None, MonthQuery]) -> Response:
    """List the transfers of a month to the bank account, each with the sums of what it transfers."""
    query = request.query
    names: list[str] = []
    page = account_ledger.list_settlements(query.month, query.limit, start_key(request), names.append)
    items = present_each(report_presenter.payout, page.items, lambda each: names.append(each.settlement_id))
    return page_response(request, items, page.next_key, partial(PayoutPage, unreadable=names))


@app.route(
    "GET",
    "/api/reports/payouts/{settlement_id}",
    Access.ADMIN,
    query=PageQuery,
    response=PayoutEntryPage,
    errors=(CursorInvalid, PayoutNotFound, PayoutUnreadable),
)
def list_payout_entries(request: Request[None, PageQuery]) -> Response:
    """List what a transfer to the bank account transfers: sales, refunds, disputes and adjustments."""
    payout = _payout(request.path["settlement_id"])
    names: list[str] = []
    page = account_ledger.list_settled(payout.id, request.query.limit, start_key(request), names.append)
    items = present_each(report_presenter.entry, page.items, lambda each: names.append(each.entity_id))
    schema = partial(PayoutEntryPage, payout=payout, unreadable=names)
    return page_response(request, items, page.next_key, schema)


def _payout(settlement_id: str) -> PayoutOut:
    """Raises PayoutNotFound, PayoutUnreadable, StoreUnavailable."""
    try:
        settlement = account_ledger.get_settlement(settlement_id)
        if settlement is None or settlement.created_at is None:
            raise PayoutNotFound
        return report_presenter.payout(settlement)
    except READ_ERRORS as error:
        report_unreadable(**keys.settlement(settlement_id)._asdict())
        raise PayoutUnreadable from error


@app.route(
    "GET", "/api/reports/gstr1", Access.ADMIN, query=MonthQuery, response=TaxDocumentPage, errors=(CursorInvalid,)
)
def list_tax_documents(request: Request[None, MonthQuery]) -> Response:
    """List the numbered receipts and notes of a month, each with its section in GSTR-1.

    `python -m cli export --report gstr1` adds the sums by State and rate, and by service code."""
    query = request.query
    names: list[str] = []
    page = tax_documents.list_month(query.month, query.limit, start_key(request), names.append)
    items = present_each(report_presenter.tax_document, page.items, lambda each: names.append(each.receipt.order_id))
    return page_response(request, items, page.next_key, partial(TaxDocumentPage, unreadable=names))
