"""I15 and I6: each sale has a receipt that adds up, and receipts are numbered on time, consecutively and uniquely."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from functions.payments.invariants.ledger import Breach, Ledger
from shared import clock
from shared.db.entities import Receipt
from shared.db.payments.documents.number_series import RECEIPTS
from shared.db.payments.payment_attributes import buyer_of
from shared.domain.buyer import NO_DETAILS, Buyer
from shared.domain.lifecycle import PaymentStatus


def check_receipts(ledger: Ledger) -> Iterator[Breach]:
    """I15. Each payment that was ever captured has a receipt over the captured amount."""
    for order_id, payment in ledger.payments.items():
        receipt = ledger.receipts.get(order_id)
        if receipt is None:
            if _was_sold(ledger, order_id):
                yield Breach("I15", order_id, "captured, but it has no receipt")
        elif receipt.amount != payment.captured_amount:
            yield Breach("I15", order_id, f"a receipt of {receipt.amount} for {payment.captured_amount} captured")


def check_receipt_buyers(ledger: Ledger) -> Iterator[Breach]:
    """I15. A numbered receipt names the buyer of the order, if the order has the buyer's details."""
    for order_id, receipt in ledger.receipts.items():
        payment = ledger.payments.get(order_id)
        if payment is None or not receipt.number or buyer_of(payment) == NO_DETAILS:
            continue
        named = Buyer(receipt.learner_state, receipt.buyer_gstin, receipt.buyer_name, receipt.buyer_address)
        if named != buyer_of(payment):
            yield Breach("I15", order_id, "the receipt does not name the buyer of the order")


def _was_sold(ledger: Ledger, order_id: str) -> bool:
    """Whether the payment ever had the status `captured`. A capture that is refunded at once never has it: it is no
    sale and has no receipt."""
    return any(step.changes.get("status") == PaymentStatus.CAPTURED for step in ledger.payment_steps[order_id])


def check_receipt_taxes(ledger: Ledger) -> Iterator[Breach]:
    """I15. The taxable value and the taxes of a tax invoice add up to its amount."""
    for order_id, receipt in ledger.receipts.items():
        if receipt.seller_gstin and _taxed_amount(receipt) != receipt.amount:
            yield Breach("I15", order_id, "taxable value and taxes do not add up to the amount of the receipt")


def _taxed_amount(receipt: Receipt) -> int:
    return int(receipt.taxable + receipt.cgst + receipt.sgst + receipt.igst)


def check_numbered(ledger: Ledger, limit: datetime) -> Iterator[Breach]:
    """I6. Each receipt of a capture before `limit` (UTC) has its number: the sweep after the capture assigns it."""
    for order_id, receipt in ledger.receipts.items():
        if not receipt.number and receipt.captured_at < limit:
            yield Breach("I6", order_id, f"the receipt has no number since {clock.text(receipt.captured_at)}")


def check_consecutive(ledger: Ledger) -> Iterator[Breach]:
    """I15. The numbers of each series are unique within a financial year and without gaps, except for voided ones,
    which no document has; a breach of the numbers of notes is one of I18. Needs every receipt and note of the table."""
    assigned = Counter(document.number for document in ledger.documents() if document.number)
    for number, count in assigned.items():
        if count > 1:
            yield Breach(_invariant(number), number, f"assigned {count} times")
    for name, series in ledger.series.items():
        document = "receipt" if name.startswith(RECEIPTS.prefix) else "note"
        for position in range(1, series.last + 1):
            number = f"{name}/{position:06d}"
            if series.is_voided(position):
                if number in assigned:
                    yield Breach(_invariant(name), number, f"voided, but on a {document}")
            elif number not in assigned:
                yield Breach(_invariant(name), number, f"assigned, but on no {document}")


def _invariant(number: str) -> str:
    return "I15" if number.startswith(RECEIPTS.prefix) else "I18"
