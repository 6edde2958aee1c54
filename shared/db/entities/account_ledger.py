"""The seller's account at the gateway: transactions, months, and settlements to the bank."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.account_ledger import LedgerKind


class LedgerEntry(ListingIndexed, Item):
    """`LEDGER#entity_id / ENTRY`: a transaction on the account, by the id of the payment, refund, adjustment, transfer
    or settlement. gsi1 lists it by month, gsi2 by settlement; without one it is listed under `SETTLEMENT#NONE`.

    The attributes are those of AccountTransaction (shared/domain/account_ledger.py); amounts are in minor units of
    `currency`. `version` grows with every write."""

    KIND: ClassVar[str] = "ledger_entry"

    entity_id = UnicodeAttribute()
    ledger_kind = EnumAttribute(LedgerKind)
    net = IntAttribute()
    fee = IntAttribute(default=0)
    tax = IntAttribute(default=0)
    currency = UnicodeAttribute()
    at = TimeAttribute()
    payment_id = UnicodeAttribute(null=True)
    order_id = UnicodeAttribute(null=True)
    dispute_id = UnicodeAttribute(null=True)
    settlement_id = UnicodeAttribute(null=True)
    utr = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    version = IntAttribute()
    gsi2pk = UnicodeAttribute()
    gsi2sk = UnicodeAttribute()


class LedgerTotals(Item):
    """The sums of the postings of many entries, by kind, in minor units; negative where they lower the balance.
    `entries` is the number of entries. Written in the transactions that write the entries."""

    payment = IntAttribute(default=0)
    fee = IntAttribute(default=0)
    fee_tax = IntAttribute(default=0)
    refund = IntAttribute(default=0)
    dispute = IntAttribute(default=0)
    adjustment = IntAttribute(default=0)
    transfer = IntAttribute(default=0)
    settlement = IntAttribute(default=0)
    entries = IntAttribute(default=0)

    @property
    def by_kind(self) -> dict[LedgerKind, int]:
        return {kind: int(getattr(self, kind)) for kind in LedgerKind}

    @property
    def net(self) -> int:
        """The sum of all kinds."""
        return sum(self.by_kind.values())


class LedgerMonth(LedgerTotals):
    """`LEDGER / 2026-11#INR`: the entries of a month in one currency. The sum of all months is the balance."""

    KIND: ClassVar[str] = "ledger_month"


class Settlement(ListingIndexed, LedgerTotals):
    """`SETTLEMENT#setl_id / SETTLEMENT`: a transfer to the seller's bank account, with the sums of its entries and of
    itself: `settlement` is the negative amount, so that all kinds add up to 0 when the gateway has listed everything
    that it transfers. `utr` is the bank's reference. gsi1 lists it by the month of its creation, once the gateway's
    list of settlements contained it; before, it has only sums."""

    KIND: ClassVar[str] = "settlement"

    settlement_id = UnicodeAttribute()
    currency = UnicodeAttribute(null=True)
    created_at = TimeAttribute(null=True)
    utr = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
