"""Create orders and validate their fields."""

import re
from typing import Any

from local.razorpay.errors import RazorpayApiError
from local.razorpay.state.entities import Order
from local.razorpay.state.ledger import Ledger

ORDER_FIELDS = {
    "amount",
    "currency",
    "receipt",
    "notes",
    "payment",
    "partial_payment",
    "first_payment_min_amount",
    "payment_capture",
}
CURRENCY = re.compile(r"[A-Z]{3}")


def create_order(ledger: Ledger, body: dict[str, Any]) -> Order:
    """A new order in status created. Raises RazorpayApiError with the name of the invalid field."""
    extra = sorted(set(body) - ORDER_FIELDS)
    if extra:
        raise RazorpayApiError(f"{', '.join(extra)} is/are not required and should not be sent", field=extra[0])
    currency = body.get("currency")
    if currency is None:
        raise RazorpayApiError("The currency field is required.", field="currency")
    if not isinstance(currency, str) or not CURRENCY.fullmatch(currency):
        raise RazorpayApiError("The currency is not supported", field="currency")
    amount = validate_amount(body.get("amount"), currency)
    receipt = _receipt(ledger, body.get("receipt"))
    capture, options = _capture(body)
    order = Order(
        id=ledger.new_id("order_", ledger.orders),
        amount=amount,
        currency=currency,
        receipt=receipt,
        notes=validate_notes(body.get("notes")),
        created_at=ledger.now(),
        capture=capture,
        manual_expiry_minutes=_minutes(options, "manual_expiry_period", 12, 7200),
        automatic_expiry_minutes=_minutes(options, "automatic_expiry_period", 12, 7200),
    )
    ledger.orders[order.id] = order
    if receipt is not None:
        ledger.receipts.setdefault(receipt, order.id)
    return order


def validate_amount(amount: object, currency: str) -> int:
    """An integer in the minor unit; at least 100 paise for INR. Raises RazorpayApiError."""
    if amount is None:
        raise RazorpayApiError("The amount field is required.", field="amount")
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise RazorpayApiError("The amount must be an integer.", field="amount")
    if amount < (100 if currency == "INR" else 1):
        minimum = "INR 1.00" if currency == "INR" else f"{currency} 1"
        raise RazorpayApiError(
            f"The amount must be at least {minimum}", field="amount", reason="amount_less_than_minimum_amount"
        )
    return amount


def validate_notes(notes: object) -> dict[str, str]:
    """At most 15 pairs of at most 256 characters; an empty list means no notes. Raises RazorpayApiError."""
    if notes is None or notes == []:
        return {}
    if not isinstance(notes, dict):
        raise RazorpayApiError("notes should be key-value pairs", field="notes")
    if len(notes) > 15:
        raise RazorpayApiError("Number of fields in notes should be less than or equal to 15", field="notes")
    for key, value in notes.items():
        if isinstance(value, dict | list):
            raise RazorpayApiError("notes values themselves should not be an array", field="notes")
        if len(key) > 256 or len(str(value)) > 256:
            raise RazorpayApiError("notes: each key and value may have at most 256 characters", field="notes")
    return {key: value if isinstance(value, str) else str(value) for key, value in notes.items()}


def _receipt(ledger: Ledger, receipt: object) -> str | None:
    if receipt is None:
        return None
    if not isinstance(receipt, str):
        raise RazorpayApiError("The receipt must be a string.", field="receipt")
    if len(receipt) > 40:
        raise RazorpayApiError("The receipt may not be greater than 40 characters.", field="receipt")
    if ledger.settings.unique_receipts and receipt in ledger.receipts:
        raise RazorpayApiError("Order receipt should be unique.", field="receipt")
    return receipt


def _capture(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    payment = body.get("payment")
    if payment is None:
        flag = body.get("payment_capture")  # the older form of the option: true or 1
        if flag is None:
            return "default", {}
        return ("automatic" if flag in (True, 1, "1") else "manual"), {}
    if not isinstance(payment, dict) or payment.get("capture") not in ("automatic", "manual"):
        raise RazorpayApiError("The payment.capture must be automatic or manual", field="payment")
    return payment["capture"], payment.get("capture_options") or {}


def _minutes(options: dict[str, Any], name: str, least: int, most: int) -> int | None:
    value = options.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or not least <= value <= most:
        raise RazorpayApiError(f"The {name} must be between {least} and {most}.", field=name)
    return value
