"""Receipts as learners and tax offices want them: numbered once, then never changed; what went back is told beside."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.payments.errors import OrderNotFound, ReceiptNotDue
from shared import clock
from shared.config import settings
from shared.db.entities import PaymentEvent, Receipt, User
from shared.db.payments import payments, receipts
from shared.db.table import keys, store
from shared.domain import gst
from shared.domain.gst import Tax
from shared.domain.lifecycle import Role
from shared.tokens import Caller


@dataclass(frozen=True)
class Credit:
    """Money that went back: `amount` in minor units, and the parts of it that the receipt had counted as tax."""

    at: datetime
    amount: int
    tax: Tax | None


@dataclass(frozen=True)
class NumberedReceipt:
    """A numbered receipt and what was given back since, oldest first."""

    receipt: Receipt
    tax: Tax | None
    credits: list[Credit]

    @property
    def title(self) -> str:
        return "Tax invoice" if self.tax else "Receipt"

    @property
    def net_amount(self) -> int:
        """What was paid and not given back."""
        return int(self.receipt.amount) - sum(credit.amount for credit in self.credits)


def get_receipt(caller: Caller, order_id: str) -> NumberedReceipt:
    """The receipt of a payment of one's own (any, for an admin); numbered now, if the sweep has not done it yet.

    Raises OrderNotFound, ReceiptNotDue, StoreUnavailable."""
    payment, steps = payments.get_with_history(order_id)
    if payment is None or (caller.role is not Role.ADMIN and payment.user_id != caller.user_id):
        raise OrderNotFound
    receipt = receipts.get(order_id)
    if receipt is None:
        raise ReceiptNotDue
    receipt = ensure_numbered(receipt)
    return NumberedReceipt(receipt, _tax_of(receipt, receipt.amount), _credits(receipt, steps))


def ensure_numbered(receipt: Receipt) -> Receipt:
    """With its number; what is not known before is pictured now: the learner's name and state, the seller, the tax.

    Raises StoreUnavailable."""
    if receipt.number:
        return receipt
    learner = store.get(User, keys.user(receipt.user_id))
    return receipts.assign_number(receipt, gst.financial_year(receipt.captured_at), _snapshot(receipt, learner))


def _snapshot(receipt: Receipt, learner: User | None) -> dict[str, Any]:
    chosen = settings()
    picture: dict[str, Any] = {
        "numbered_at": clock.now(),
        "learner_name": learner.name if learner else receipt.learner_name,
        "learner_state": learner.state if learner else None,
        "seller_name": chosen.seller_name,
        "seller_address": chosen.seller_address,
    }
    if chosen.seller_gstin and receipt.currency == "INR":
        picture["seller_gstin"] = chosen.seller_gstin
        picture["rate_basis_points"] = chosen.tax_rate_basis_points
        within = gst.is_intra_state(chosen.seller_gstin[:2], picture["learner_state"])
        tax = gst.split_tax(receipt.amount, chosen.tax_rate_basis_points, intra_state=within)
        picture |= {"taxable": tax.taxable, "cgst": tax.cgst, "sgst": tax.sgst, "igst": tax.igst}
    return {name: value for name, value in picture.items() if value not in (None, "")}


def _tax_of(receipt: Receipt, amount: int) -> Tax | None:
    """The parts of the first `amount` minor units of a receipt."""
    if not receipt.seller_gstin:
        return None
    within = gst.is_intra_state(receipt.seller_gstin[:2], receipt.learner_state)
    return gst.split_tax(amount, receipt.rate_basis_points, intra_state=within)


def _credits(receipt: Receipt, steps: list[PaymentEvent]) -> list[Credit]:
    """Each part is the difference of two sums, so that all credits of a whole refund are the whole receipt."""
    told: list[Credit] = []
    before = 0
    for step in steps:
        after = json.loads(step.changes).get("refunded_amount", before)
        if after > before:
            now, then = _tax_of(receipt, after), _tax_of(receipt, before)
            told.append(Credit(step.at, after - before, now - then if now and then else None))
            before = after
    return told
