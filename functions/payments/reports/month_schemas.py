"""The response of the report on a month. Amounts are in minor units of `currency`."""

from pydantic import BaseModel, ConfigDict, Field

from functions.payments.reports.report_schemas import MONTH_PATTERN, LedgerTotalsOut
from shared.schemas import Out, UtcTime


class MonthOnlyQuery(BaseModel):
    """The month, such as 2026-11."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    month: str = Field(pattern=MONTH_PATTERN)


class DocumentPartsOut(Out):
    """Sums of the parts of documents. `amount` contains the tax. The taxable value and the taxes are those of documents
    with tax: the others have an amount only."""

    amount: int
    taxable: int
    cgst: int
    sgst: int
    igst: int


class DocumentSumsOut(DocumentPartsOut):
    """How many documents of a type, and the sums of their parts; none is negative."""

    count: int


class DocumentTotalsOut(Out):
    """The numbered documents that are dated in the month, in one currency. `list_amount` less `discount` is the amount
    of the `receipts`, apart from fees and offers of the gateway on a payment. `net` is receipts less credit notes plus
    debit notes: its taxes are the tax to pay. It is negative in a month with more credit notes than sales."""

    currency: str
    list_amount: int
    discount: int
    receipts: DocumentSumsOut
    credit_notes: DocumentSumsOut
    debit_notes: DocumentSumsOut
    net: DocumentPartsOut


class MonthSalesOut(Out):
    """A month with receipts or notes: the amount of its receipts, and of credit notes less debit notes."""

    month: str
    currency: str
    receipts: int
    returned: int


class MonthReportOut(Out):
    """The month as the exports add up to it: `documents` is GSTR-1, `account` ledger and payouts, both by currency.
    `waiting_documents` is the number of receipts and notes that have no number yet, and are in no month; 100 stands for
    100 or more. `recorded_until` is the time up to which the nightly reconciliation has read the gateway's lists, null
    before its first run. `recent` are the sales of the twelve months up to this one, the oldest first.

    `unreadable`: the keys of sums that cannot be read. One of the account, such as "LEDGER 2026-11#INR", leaves its
    currency out of `account`; one of the documents leaves its month and currency out of `documents` and `recent`."""

    month: str
    documents: list[DocumentTotalsOut]
    account: list[LedgerTotalsOut]
    waiting_documents: int
    recorded_until: UtcTime | None
    recent: list[MonthSalesOut]
    unreadable: list[str]
