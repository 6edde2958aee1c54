"""Receipts. Their numbers are those of the series RECEIPTS: see number_series.py."""

from typing import Any

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
        **_price_of(captured),
        captured_at=captured.captured_at,
        has_all_notes=True,
        **due_receipt_attributes(captured.order_id, captured.captured_at),
    )


def _price_of(captured: Payment) -> dict[str, Any]:
    """What leads to the amount: empty for an order at the list price that was paid with its amount. An order of an
    earlier version with a coupon knows only the whole discount."""
    if not captured.discount:
        accepted = captured.captured_amount != captured.amount
        return {"list_amount": captured.amount, "discount": 0, "coupon_discount": 0} if accepted else {}
    of_coupon: int | None = captured.coupon_discount
    if of_coupon is None:
        of_coupon = captured.discount if captured.coupon_code else 0
    attributes = {"list_amount": captured.list_amount, "discount": captured.discount, "coupon_discount": of_coupon}
    return attributes | ({"coupon_code": captured.coupon_code} if captured.coupon_code else {})


def get(order_id: str) -> Receipt | None:
    return store.get(Receipt, keys.receipt(order_id))
