"""The seller's account at the gateway: each transaction on it, as the gateway lists it. Amounts in minor units.

The values of LedgerKind are stored and sent exactly as written here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LedgerKind(StrEnum):
    """Why the balance of the account changes."""

    PAYMENT = "payment"
    FEE = "fee"
    """The gateway's fee, without its tax."""
    FEE_TAX = "fee_tax"
    REFUND = "refund"
    DISPUTE = "dispute"
    """A deduction for a dispute, or its return."""
    ADJUSTMENT = "adjustment"
    """Anything else that the gateway credits or debits."""
    TRANSFER = "transfer"
    """To a linked account, in Razorpay's product Route."""
    SETTLEMENT = "settlement"
    """A transfer to the seller's bank account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTransaction:
    """A transaction on the account. `net` is the change of the balance, negative for a debit. `fee`, and `tax` in it,
    are what the transaction takes for the gateway: `net` contains them. `at` is the time (UTC) of the transaction, and
    `settlement_id` the settlement that transfers it, None while it is not settled. `utr` is the bank's reference of a
    settlement. `status` is the gateway's word for the state of a settlement."""

    entity_id: str
    kind: LedgerKind
    net: int
    currency: str
    at: datetime
    fee: int = 0
    tax: int = 0
    payment_id: str | None = None
    order_id: str | None = None
    dispute_id: str | None = None
    settlement_id: str | None = None
    utr: str | None = None
    status: str | None = None
    description: str | None = None


def postings(transaction: AccountTransaction) -> dict[LedgerKind, int]:
    """The changes of the balance by kind, without those of 0. Their sum is `net`."""
    found = {
        transaction.kind: transaction.net + transaction.fee,
        LedgerKind.FEE: transaction.tax - transaction.fee,
        LedgerKind.FEE_TAX: -transaction.tax,
    }
    return {kind: amount for kind, amount in found.items() if amount}
