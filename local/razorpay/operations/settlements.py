"""Settlements: what Razorpay transfers to the merchant's bank account, computed from payments and refunds.

Payments are settled two days after their capture and refunds two days after their creation, once a day at 10:00 IST;
Razorpay counts working days. Only processed refunds are settled. Amounts in minor units, times in unix seconds.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from local.razorpay.state.entities import Payment, Refund, Wire
from local.razorpay.state.ids import ALPHANUMERICS
from local.razorpay.state.ledger import Ledger

DAY: Final = 86_400
SETTLED_AFTER_SECONDS: Final = 2 * DAY
TIME_OF_DAY: Final = 4 * 3_600 + 1_800
"""10:00 in India, in seconds of the day in UTC."""


@dataclass(frozen=True)
class Entry:
    """A payment or a refund of a settlement. `fee` includes `tax`."""

    subject: Payment | Refund
    payment: Payment
    credit: int
    debit: int
    fee: int
    tax: int
    settled_at: int

    @property
    def created_at(self) -> int:
        return self.subject.created_at

    def entity(self) -> Wire:
        is_payment = self.subject is self.payment
        settlement_id, utr = _identifiers(self.settled_at)
        return {
            "entity_id": self.subject.id,
            "type": "payment" if is_payment else "refund",
            "debit": self.debit,
            "credit": self.credit,
            "amount": self.subject.amount,
            "currency": self.subject.currency,
            "fee": self.fee,
            "tax": self.tax,
            "on_hold": False,
            "settled": True,
            "created_at": self.subject.created_at,
            "settled_at": self.settled_at,
            "settlement_id": settlement_id,
            "posted_at": None,
            "credit_type": "default",
            "description": None,
            "notes": "{}",
            "payment_id": None if is_payment else self.payment.id,
            "settlement_utr": utr,
            "order_id": self.payment.order_id,
            "order_receipt": None,
            "method": self.payment.method,
            "card_network": None,
            "card_issuer": None,
            "card_type": None,
            "dispute_id": None,
        }


@dataclass(frozen=True)
class Settlement:
    """The entries of one day. `amount` is 0 when the refunds exceed the payments."""

    created_at: int
    entries: tuple[Entry, ...]

    @property
    def id(self) -> str:
        return _identifiers(self.created_at)[0]

    def entity(self) -> Wire:
        settlement_id, utr = _identifiers(self.created_at)
        return {
            "id": settlement_id,
            "entity": "settlement",
            "amount": max(sum(entry.credit - entry.debit for entry in self.entries), 0),
            "status": "processed",
            "fees": sum(entry.fee for entry in self.entries),
            "tax": sum(entry.tax for entry in self.entries),
            "utr": utr,
            "created_at": self.created_at,
        }


def settlements(ledger: Ledger) -> list[Settlement]:
    """The settlements up to now, oldest first."""
    by_day: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in _entries(ledger):
        if entry.settled_at <= ledger.now():
            by_day[entry.settled_at].append(entry)
    return [Settlement(day, tuple(by_day[day])) for day in sorted(by_day)]


def settled_entries(ledger: Ledger, year: int, month: int, day: int | None) -> list[Entry]:
    """The entries that were settled in a month, or on one day of it (UTC)."""
    found: list[Entry] = []
    for settlement in settlements(ledger):
        date = datetime.fromtimestamp(settlement.created_at, UTC)
        if (date.year, date.month) == (year, month) and day in (None, date.day):
            found += settlement.entries
    return found


def _entries(ledger: Ledger) -> Iterator[Entry]:
    for payment in ledger.payments.values():
        if payment.captured:
            fee, tax = payment.fee or 0, payment.tax or 0
            settled_at = _settled_at(payment.captured_at or payment.created_at)
            yield Entry(payment, payment, payment.amount - fee, 0, fee, tax, settled_at)
    for refund in ledger.refunds.values():
        if refund.of_captured and refund.status == "processed":
            payment = ledger.payments[refund.payment_id]
            yield Entry(refund, payment, 0, refund.amount, 0, 0, _settled_at(refund.created_at))


def _settled_at(since: int) -> int:
    """The first time of settlement that is two days after `since`."""
    days = -(-(since + SETTLED_AFTER_SECONDS - TIME_OF_DAY) // DAY)
    return days * DAY + TIME_OF_DAY


def _identifiers(settled_at: int) -> tuple[str, str]:
    """The id and the UTR of a settlement: the same in every run."""
    digest = hashlib.sha256(str(settled_at).encode()).digest()
    return "setl_" + "".join(ALPHANUMERICS[byte % 62] for byte in digest[:14]), f"{settled_at}{digest.hex()[:6]}"
