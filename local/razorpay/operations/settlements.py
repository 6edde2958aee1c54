"""Settlements: what Razorpay transfers to the merchant's bank account, computed from the transactions on the account.

Transactions are settled two days after they were made (payments: captured, refunds: processed), once a day at 10:00
IST; Razorpay counts working days. A day whose transactions leave nothing to transfer is settled with the next one that
does. Amounts in minor units, times in unix seconds.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.transactions import Transaction, adjustment_id, transactions
from local.razorpay.state.adjustment import Adjustment
from local.razorpay.state.entities import Wire
from local.razorpay.state.ids import ALPHANUMERICS
from local.razorpay.state.ledger import Ledger


@dataclass(frozen=True)
class Entry:
    """A transaction, and when it was settled."""

    transaction: Transaction
    settled_at: int

    @property
    def created_at(self) -> int:
        return self.transaction.created_at

    def entity(self) -> Wire:
        return self.transaction.entity(*_identifiers(self.settled_at), self.settled_at)


@dataclass(frozen=True)
class Settlement:
    """The transactions that are settled on a day. `amount` is positive."""

    created_at: int
    entries: tuple[Entry, ...]

    @property
    def id(self) -> str:
        return _identifiers(self.created_at)[0]

    @property
    def amount(self) -> int:
        return sum(entry.transaction.net for entry in self.entries)

    def entity(self) -> Wire:
        """Fees and tax are those of the settlement itself: Razorpay documents 0 for a normal one. Those of the payments
        are in their entries."""
        settlement_id, utr = _identifiers(self.created_at)
        return {
            "id": settlement_id,
            "entity": "settlement",
            "amount": self.amount,
            "status": "processed",
            "fees": 0,
            "tax": 0,
            "utr": utr,
            "created_at": self.created_at,
        }


def settlements(ledger: Ledger) -> list[Settlement]:
    """The settlements up to now, oldest first."""
    by_day: defaultdict[int, list[Transaction]] = defaultdict(list)
    for transaction in transactions(ledger):
        if transaction.due_at <= ledger.now():
            by_day[transaction.due_at].append(transaction)
    found: list[Settlement] = []
    waiting: list[Transaction] = []
    for day in sorted(by_day):
        waiting += by_day[day]
        if sum(transaction.net for transaction in waiting) > 0:
            found.append(Settlement(day, tuple(Entry(transaction, day) for transaction in waiting)))
            waiting = []
    return found


def settled_entries(ledger: Ledger, year: int, month: int, day: int | None) -> list[Entry]:
    """The entries that were settled in a month, or on one day of it (UTC; at 10:00 IST it is the same day there)."""
    found: list[Entry] = []
    for settlement in settlements(ledger):
        date = datetime.fromtimestamp(settlement.created_at, UTC)
        if (date.year, date.month) == (year, month) and day in (None, date.day):
            found += settlement.entries
    return found


def add_adjustment(ledger: Ledger, body: Mapping[str, Any]) -> Wire:
    """Razorpay credits `amount` to the account, or debits it if it is negative. Raises RazorpayApiError."""
    amount, description = body["amount"], str(body.get("description", "Adjustment"))
    if type(amount) is not int or amount == 0:
        raise RazorpayApiError("The amount is an integer other than 0", field="amount")
    id_ = adjustment_id(f"adjustment {len(ledger.adjustments)}")
    ledger.adjustments[id_] = Adjustment(id_, amount, "INR", ledger.now(), description)
    ledger.account.change_balance(amount)
    return {"id": id_}


def books(ledger: Ledger) -> dict[str, int]:
    """Razorpay's own books of the account, in minor units: what each kind of transaction changed the balance by, what
    was settled, and the `balance`, which is the sum of the others. `fees` are without `tax`."""
    names = {"payment": "payments", "refund": "refunds"}
    totals = dict.fromkeys(("payments", "fees", "tax", "refunds", "disputes", "adjustments"), 0)
    for each in transactions(ledger):
        name = "disputes" if each.dispute_id else names.get(each.type, "adjustments")
        totals[name] += each.net + each.fee
        totals["fees"] -= each.fee - each.tax
        totals["tax"] -= each.tax
    totals["settlements"] = -sum(settlement.amount for settlement in settlements(ledger))
    return totals | {"balance": sum(totals.values())}


def _identifiers(settled_at: int) -> tuple[str, str]:
    """The id and the UTR of a settlement: the same in every run."""
    digest = hashlib.sha256(str(settled_at).encode()).digest()
    return "setl_" + "".join(ALPHANUMERICS[byte % 62] for byte in digest[:14]), f"{settled_at}{digest.hex()[:6]}"
