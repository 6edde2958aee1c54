"""Queries and responses of the report routes. Amounts are in minor units of `currency`; amounts of the account are
negative where they lower its balance at the gateway. Months are the seller's."""

from typing import Final

from pydantic import Field

from shared.domain.account_ledger import LedgerKind
from shared.domain.gstr1 import Gstr1Section
from shared.schemas import Out, PageOut, PageQuery, UtcTime

MONTH_PATTERN: Final = r"^2[0-9]{3}-(0[1-9]|1[0-2])$"


class MonthQuery(PageQuery):
    """The month, such as 2026-11."""

    month: str = Field(pattern=MONTH_PATTERN)


class AccountSumsOut(Out):
    """The changes of the balance by kind: `fee` is without its tax, which is `fee_tax`; `dispute` are deductions and
    their returns; `settlement` are transfers to the bank account."""

    payment: int
    fee: int
    fee_tax: int
    refund: int
    dispute: int
    adjustment: int
    transfer: int
    settlement: int


class LedgerTotalsOut(AccountSumsOut):
    """The account in one currency: the balance before the month, the changes in it, and the balance after it."""

    currency: str
    opening_balance: int
    closing_balance: int


class LedgerEntryOut(Out):
    """A transaction on the account. `amount`, `fee` and `fee_tax` add up to `net`. `id` is the gateway's id of the
    payment, refund, adjustment, transfer or settlement. `settlement_id` is null until it is settled. A payment of
    another product of the account has no order of ours. `day` is the seller's day of `at`, such as "2026-11-30"."""

    id: str
    kind: LedgerKind
    amount: int
    fee: int
    fee_tax: int
    net: int
    currency: str
    at: UtcTime
    day: str
    payment_id: str | None
    order_id: str | None
    dispute_id: str | None
    settlement_id: str | None
    utr: str | None
    description: str | None


class LedgerPage(PageOut[LedgerEntryOut]):
    """A page of the transactions of the month, by time. `totals` are those of the whole month, on every page; a month
    without transactions has those of the months before.

    `unreadable`: the ids of transactions that cannot be read and are not in `items`; `totals` include them. Also the
    keys of sums that cannot be read, such as "LEDGER 2026-11#INR"; `totals` are without their currency."""

    month: str
    totals: list[LedgerTotalsOut]
    unreadable: list[str]


class PayoutOut(AccountSumsOut):
    """A transfer to the bank account: `amount` with the bank's reference `utr`, and the sums of what it transfers.
    `unexplained` is the difference between both: 0 once the gateway has listed everything. `entries` counts the
    transactions. `day` is the seller's day of the transfer."""

    id: str
    utr: str | None
    status: str | None
    currency: str | None
    created_at: UtcTime
    day: str
    amount: int
    entries: int
    unexplained: int


class PayoutPage(PageOut[PayoutOut]):
    """`unreadable`: the ids of the transfers of this page that cannot be read and are not in `items`."""

    unreadable: list[str]


class PayoutEntryPage(PageOut[LedgerEntryOut]):
    """A page of the transactions of a payout, by time, the transfer among them: their `net` add up to 0.
    `unreadable`: the ids of those that cannot be read and are not in `items`."""

    payout: PayoutOut
    unreadable: list[str]


class TaxDocumentOut(Out):
    """A receipt (tax invoice), or a credit or debit note, with its section in GSTR-1. Amounts are in minor units;
    those of a credit note are negative. `place_of_supply` is the code of a State; `state_assumed` says that the buyer's
    State is unknown and the seller's was taken."""

    number: str
    day: str
    section: Gstr1Section
    order_id: str
    receipt_number: str
    receipt_day: str
    buyer_name: str
    buyer_gstin: str | None
    place_of_supply: str | None
    state_assumed: bool
    sac: str
    rate_basis_points: int
    currency: str
    amount: int
    taxable: int
    cgst: int
    sgst: int
    igst: int


class TaxDocumentPage(PageOut[TaxDocumentOut]):
    """`unreadable`: the orders of documents of this page that are not in `items`, because they, or the receipts of
    notes, cannot be read or do not exist."""

    unreadable: list[str]
