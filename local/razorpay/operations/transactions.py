"""The transactions on the merchant's account, in the form of Razorpay's settlement recon: payments, refunds, and
adjustments for disputes and for anything else. Amounts in minor units, times in unix seconds.

https://razorpay.com/docs/api/settlements/fetch-recon/ documents the members, and the types payment, refund, transfer
and adjustment. It has no example of a dispute: that a deduction is an adjustment which names the dispute, and its
return a second one, is a choice of the fake. So is the adjustment for a refund that returned after it was settled.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from local.razorpay.state.dispute import Dispute
from local.razorpay.state.entities import Payment, Refund, Wire
from local.razorpay.state.ids import ALPHANUMERICS
from local.razorpay.state.ledger import Ledger

DAY: Final = 86_400
SETTLED_AFTER_SECONDS: Final = 2 * DAY
TIME_OF_DAY: Final = 4 * 3_600 + 1_800
"""10:00 in India, in seconds of the day in UTC."""


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """A transaction on the account, which may be settled from `due_at` on. `fee` includes `tax`."""

    entity_id: str
    type: str
    credit: int
    debit: int
    amount: int
    currency: str
    created_at: int
    due_at: int
    fee: int = 0
    tax: int = 0
    description: str | None = None
    payment_id: str | None = None
    order_id: str | None = None
    method: str | None = None
    dispute_id: str | None = None

    @property
    def net(self) -> int:
        """The change of the balance."""
        return self.credit - self.debit

    def entity(self, settlement_id: str, utr: str, settled_at: int) -> Wire:
        return {
            "entity_id": self.entity_id,
            "type": self.type,
            "debit": self.debit,
            "credit": self.credit,
            "amount": self.amount,
            "currency": self.currency,
            "fee": self.fee,
            "tax": self.tax,
            "on_hold": False,
            "settled": True,
            "created_at": self.created_at,
            "settled_at": settled_at,
            "settlement_id": settlement_id,
            "posted_at": None,
            "credit_type": "default",
            "description": self.description,
            "notes": "{}",
            "payment_id": self.payment_id,
            "settlement_utr": utr,
            "order_id": self.order_id,
            "order_receipt": None,
            "method": self.method,
            "card_network": None,
            "card_issuer": None,
            "card_type": None,
            "dispute_id": self.dispute_id,
        }


def transactions(ledger: Ledger) -> Iterator[Transaction]:
    """All transactions, in no particular order. A refund counts once it is processed."""
    for payment in ledger.payments.values():
        if payment.captured:
            yield _of_payment(payment)
    for refund in ledger.refunds.values():
        if refund.of_captured and refund.processed_at is not None:
            yield from _of_refund(ledger.payments[refund.payment_id], refund)
    for dispute in ledger.disputes.values():
        yield from _of_dispute(dispute)
    for adjustment in ledger.adjustments.values():
        yield _adjustment(
            adjustment.id, adjustment.amount, adjustment.currency, adjustment.created_at, adjustment.description
        )


def _of_payment(payment: Payment) -> Transaction:
    fee, tax = payment.fee or 0, payment.tax or 0
    return Transaction(
        entity_id=payment.id,
        type="payment",
        credit=payment.amount - fee,
        debit=0,
        amount=payment.amount,
        currency=payment.currency,
        created_at=payment.created_at,
        due_at=_due_at(payment.captured_at or payment.created_at),
        fee=fee,
        tax=tax,
        order_id=payment.order_id,
        method=payment.method,
    )


def _of_refund(payment: Payment, refund: Refund) -> Iterator[Transaction]:
    """None for a refund that returned before it was settled."""
    due_at = _due_at(refund.processed_at or refund.created_at)
    if refund.returned_at is not None and refund.returned_at < due_at:
        return
    yield Transaction(
        entity_id=refund.id,
        type="refund",
        credit=0,
        debit=refund.amount,
        amount=refund.amount,
        currency=refund.currency,
        created_at=refund.created_at,
        due_at=due_at,
        payment_id=payment.id,
        order_id=payment.order_id,
        method=payment.method,
    )
    if refund.returned_at is not None:
        id_ = adjustment_id(f"{refund.id} returned")
        yield _adjustment(id_, refund.amount, refund.currency, refund.returned_at, f"Refund {refund.id} reversed")


def _of_dispute(dispute: Dispute) -> Iterator[Transaction]:
    """One adjustment for each deduction, and one for each return of a deduction."""
    for number, (at, deducted) in enumerate(dispute.deductions):
        id_ = adjustment_id(f"{dispute.id} {number}")
        verb = "Debit" if deducted > 0 else "Credit"
        yield _adjustment(id_, -deducted, dispute.currency, at, f"{verb} for dispute {dispute.id}", dispute.id)


def _adjustment(
    id_: str, amount: int, currency: str, created_at: int, description: str, dispute_id: str | None = None
) -> Transaction:
    return Transaction(
        entity_id=id_,
        type="adjustment",
        credit=max(amount, 0),
        debit=max(-amount, 0),
        amount=abs(amount),
        currency=currency,
        created_at=created_at,
        due_at=_due_at(created_at),
        description=description,
        dispute_id=dispute_id,
    )


def adjustment_id(subject: str) -> str:
    """The id of the adjustment for a subject: the same in every run."""
    digest = hashlib.sha256(subject.encode()).digest()
    return "adj_" + "".join(ALPHANUMERICS[byte % 62] for byte in digest[:14])


def _due_at(since: int) -> int:
    """The first time of settlement that is two days after `since`."""
    days = -(-(since + SETTLED_AFTER_SECONDS - TIME_OF_DAY) // DAY)
    return days * DAY + TIME_OF_DAY
