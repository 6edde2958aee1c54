"""Writes the credit and debit notes of refunds that versions before the notes recorded."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from shared import clock
from shared.db import table_scan
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.payments.documents import credit_notes, receipts
from shared.db.table.retry import CONTENDED, retry_on_conflict
from shared.db.table.unreadable_items import READ_ERRORS
from shared.domain.credit_notes import RecordedStep, RefundedChange, recorded_changes
from shared.errors import StoreUnavailable
from shared.observability import logger


@dataclass
class MissingNotesReport:
    """Receipts that were marked or got notes, notes that were written, and orders that could not be read."""

    receipts: int = 0
    notes: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return f"{self.receipts} receipts processed, {self.notes} notes written, {self.failed} orders unreadable"


def issue_missing_notes(progress: Callable[[MissingNotesReport], object] = lambda _: None) -> MissingNotesReport:
    """Writes the missing notes of each receipt that is not marked as one that has all of them, and marks it; and those
    of each payment with refunds: during a deployment, an earlier version may refund it without a note. Reads the whole
    table, so only a command may call it. A receipt that cannot be read, or whose payment cannot, is left out and
    logged. Raises StoreUnavailable.

    The date of such a note is now, not the date of the refund: it belongs to the return of the month in which it is
    issued (CGST Act 2017, section 34(2); unverified: read in a copy), and numbers stay in the order of dates."""
    report, unreadable = MissingNotesReport(), list[str]()
    for payment in table_scan.scan_payments(lambda each: unreadable.append(each.order_id)):
        try:
            receipt = receipts.get(payment.order_id) if payment.captured_amount else None
            if receipt is None or (receipt.has_all_notes and not _may_have_refunds(payment)):
                continue
            written = _issue(payment.order_id)
            report.notes += written
            if written or not receipt.has_all_notes:
                report.receipts += 1
                progress(report)
        except READ_ERRORS:
            unreadable.append(payment.order_id)
            logger().exception("notes not issued", extra={"code": "item_unreadable", "order_id": payment.order_id})
    report.failed = len(unreadable)
    return report


def _may_have_refunds(payment: Payment) -> bool:
    return bool(payment.refunded_amount or payment.refunds.as_dict() or payment.other_returns)


def _issue(order_id: str) -> int:
    """How many notes were written. Raises StoreUnavailable, LookupError without a payment or a receipt, and other
    READ_ERRORS."""

    def attempt() -> int:
        payment, history = payments.get_with_history(order_id)
        if payment is None:
            raise LookupError(order_id)
        receipt, notes = credit_notes.get_with_receipt(order_id)
        if receipt is None:
            raise LookupError(order_id)
        existing = {note.step for note in notes}
        steps = (RecordedStep(entry.number, entry.at, json.loads(entry.changes)) for entry in history)
        now = clock.now()
        missing = [
            credit_notes.new_note(payment, change.step, RefundedChange(change.before, change.after), change.at, now)
            for change in recorded_changes(steps)
            if change.step not in existing
        ]
        if missing or not receipt.has_all_notes:
            credit_notes.add_missing(payment, missing)
        return len(missing)

    return retry_on_conflict(attempt, StoreUnavailable, CONTENDED)
