"""Receipts. Their numbers are those of the series RECEIPTS: see number_series.py."""

from shared.db.due_index import due_receipt_attributes
from shared.db.entities import Enrollment, Payment, Receipt
from shared.db.table import keys, store


def new_receipt(captured: Payment, enrollment: Enrollment | None, course_title: str) -> Receipt:
    """A new receipt of `captured`, the payment as its capture stores it. The receipt is not stored yet; it is due for
    its number at once."""
    return Receipt.build(
        keys.receipt(captured.order_id),
        order_id=captured.order_id,
        payment_id=captured.payment_id,
        user_id=captured.user_id,
        learner_name=enrollment.user_name if enrollment else "",
        course_id=captured.course_id,
        course_title=course_title,
        amount=captured.captured_amount,
        currency=captured.currency,
        **({"list_amount": captured.list_amount, "discount": captured.discount} if captured.discount else {}),
        captured_at=captured.captured_at,
        has_all_notes=True,
        **due_receipt_attributes(captured.order_id, captured.captured_at),
    )


def get(order_id: str) -> Receipt | None:
    return store.get(Receipt, keys.receipt(order_id))
