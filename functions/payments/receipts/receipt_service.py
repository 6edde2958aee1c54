"""Receipts, numbered within the Indian financial year. A numbered receipt never changes; refunds appear as credit
lines."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from functions.payments.errors import OrderNotFound, ReceiptNotDue
from shared import clock, seller_day
from shared.config import settings
from shared.db.enrollments import enrollments
from shared.db.entities import CreditNote, Payment, PaymentEvent, Receipt, User
from shared.db.payments import payments
from shared.db.payments.documents import credit_notes, number_series, tax_documents
from shared.db.payments.documents.number_series import RECEIPTS
from shared.db.payments.payment_attributes import buyer_of
from shared.db.table import keys, store
from shared.domain import gst
from shared.domain.buyer import NO_DETAILS
from shared.domain.credit_notes import RecordedStep, recorded_changes
from shared.domain.gst import Tax
from shared.domain.lifecycle import Role
from shared.errors import StoreUnavailable
from shared.tokens import Caller


@dataclass(frozen=True)
class Credit:
    """A refund or another reversal at `at` (UTC): its amount in minor units, and the tax included in it. Both are
    negative when an earlier credit was taken back: a dispute was won, or a refund failed after all. `note` is its
    credit or debit note; None for a refund of an earlier version whose note was not written yet."""

    at: datetime
    amount: int
    tax: Tax | None
    note: CreditNote | None = None

    @property
    def day(self) -> str:
        """The seller's day of the credit, such as "2026-11-30"."""
        return seller_day.day(self.at)


@dataclass(frozen=True)
class NumberedReceipt:
    """A receipt with a number, and its credits, oldest first."""

    receipt: Receipt
    tax: Tax | None
    credits: list[Credit]

    @property
    def day(self) -> str:
        """The date of the receipt, such as "2026-11-30": as it was stored with the number, so that another time zone in
        the settings does not change it."""
        return self.receipt.day or seller_day.day(self.receipt.captured_at)

    @property
    def title(self) -> str:
        return "Tax invoice" if self.tax else "Receipt"

    @property
    def net_amount(self) -> int:
        """The amount of the receipt less the credits, in minor units."""
        return int(self.receipt.amount) - sum(credit.amount for credit in self.credits)


def get_receipt(caller: Caller, order_id: str) -> NumberedReceipt:
    """The receipt of the caller's payment (of any payment, for an admin). Assigns its number if the sweep has not
    assigned it yet.

    Raises OrderNotFound, ReceiptNotDue, StoreUnavailable."""
    payment, history = payments.get_with_history(order_id)
    if payment is None or (caller.role is not Role.ADMIN and payment.user_id != caller.user_id):
        raise OrderNotFound
    receipt, notes = credit_notes.get_with_receipt(order_id)
    if receipt is None:
        raise ReceiptNotDue
    receipt = ensure_numbered(receipt)
    return NumberedReceipt(receipt, _stored_tax(receipt), _credits(receipt, history, notes))


def ensure_numbered(receipt: Receipt) -> Receipt:
    """The receipt with its number, which is assigned if it has none.

    Raises StoreUnavailable."""
    if receipt.number:
        return receipt
    numbered = number_series.assign_numbers(RECEIPTS, _with_snapshots([receipt]), _financial_year(receipt))
    if not numbered:
        raise StoreUnavailable("the receipt was deleted while its number was assigned")
    return numbered[0]


def number_receipts(unnumbered: Sequence[Receipt]) -> int:
    """Assigns a number to each receipt that has none, in the order of the captures: one transaction per 50 receipts.
    Returns how many receipts have a number now.

    Raises StoreUnavailable: some of the receipts have numbers then."""
    waiting = sorted(unnumbered, key=lambda receipt: receipt.captured_at)
    count = 0
    for year, of_year in groupby(waiting, _financial_year):
        count += number_series.assign_all(RECEIPTS, _with_snapshots(list(of_year)), year)
    return count


def _name_enrollment(receipt: Receipt, learner: User | None) -> None:
    """Names the learner on the enrollment of a receipt without a name: the webhook created both. Before the receipt has
    a number and its name: a process that dies in between repeats this."""
    if learner and not receipt.learner_name:
        enrollments.set_missing_name(receipt.user_id, receipt.course_id, learner.name)


def _financial_year(receipt: Receipt) -> str:
    return seller_day.financial_year(receipt.captured_at)


def _with_snapshots(unnumbered: Sequence[Receipt]) -> list[tuple[Receipt, dict[str, Any]]]:
    """Each receipt with its snapshot. Reads the payments and the learners, 100 items in a BatchGetItem, and names the
    learner on an enrollment that has no name yet."""
    payment_keys = {receipt.order_id: keys.payment(receipt.order_id) for receipt in unnumbered}
    user_keys = {receipt.order_id: keys.user(receipt.user_id) for receipt in unnumbered}
    found = store.get_many([*payment_keys.values(), *set(user_keys.values())])
    snapshots = []
    for receipt in unnumbered:
        payment = store.cast_to(Payment, found.get(payment_keys[receipt.order_id]))
        learner = store.cast_to(User, found.get(user_keys[receipt.order_id]))
        _name_enrollment(receipt, learner)
        snapshots.append((receipt, _snapshot(receipt, payment, learner)))
    return snapshots


def _snapshot(receipt: Receipt, payment: Payment | None, learner: User | None) -> dict[str, Any]:
    """The attributes that are stored with the number: data that the capture did not contain (the learner's name, the
    buyer, the seller, and the tax). The State is that of the order, or else of the learner's profile, which is the
    address on record (IGST Act, section 12(2)(b))."""
    config = settings()
    buyer = buyer_of(payment) if payment else NO_DETAILS
    learner_state = buyer.state or (learner.state if learner else None)
    snapshot: dict[str, Any] = {
        "numbered_at": clock.now(),
        "day": seller_day.day(receipt.captured_at),
        **tax_documents.listing_of_receipt(receipt),
        "learner_name": learner.name if learner else receipt.learner_name,
        "learner_state": learner_state,
        "buyer_gstin": buyer.gstin,
        "buyer_name": buyer.name,
        "buyer_address": buyer.address,
        "seller_name": config.seller_name,
        "seller_address": config.seller_address,
    }
    if config.seller_gstin and receipt.currency == gst.TAXED_CURRENCY:
        snapshot |= _tax_attributes(receipt, learner_state, config.seller_gstin, config.tax_rate_basis_points)
    return {name: value for name, value in snapshot.items() if value not in (None, "")}


def _tax_attributes(receipt: Receipt, learner_state: str | None, gstin: str, rate_basis_points: int) -> dict[str, Any]:
    intra_state = gst.is_intra_state(gstin[:2], learner_state)
    tax = gst.split_tax(receipt.amount, rate_basis_points, intra_state=intra_state)
    return {
        "seller_gstin": gstin,
        "rate_basis_points": rate_basis_points,
        "taxable": tax.taxable,
        "cgst": tax.cgst,
        "sgst": tax.sgst,
        "igst": tax.igst,
    }


def _stored_tax(receipt: Receipt) -> Tax | None:
    """The tax that was stored with the number; None when the seller had no GSTIN."""
    if not receipt.seller_gstin:
        return None
    return Tax(receipt.taxable, receipt.cgst, receipt.sgst, receipt.igst)


def _credits(receipt: Receipt, history: list[PaymentEvent], notes: list[CreditNote]) -> list[Credit]:
    """One credit for each step that changed the refunded amount of the receipt; a step that lowered it takes a credit
    back. Its tax is the tax on the refunded total after the step minus the tax on the total before, so the credits of a
    full refund add up to the receipt despite rounding."""
    note_of = {note.step: note for note in notes}
    steps = (RecordedStep(entry.number, entry.at, json.loads(entry.changes)) for entry in history)
    return [
        Credit(
            change.at,
            change.after - change.before,
            tax_between(receipt, change.before, change.after),
            note_of.get(change.step),
        )
        for change in recorded_changes(steps)
    ]


def tax_between(receipt: Receipt, before: int, after: int) -> Tax | None:
    """The tax on the first `after` minor units of the receipt less that on the first `before`; None when the seller had
    no GSTIN."""
    whole, amount, rate = _stored_tax(receipt), receipt.amount, receipt.rate_basis_points
    if whole is None:
        return None
    return gst.tax_on_part(after, amount, whole, rate) - gst.tax_on_part(before, amount, whole, rate)
