"""Refunds: requested by the merchant, or automatic refunds by Razorpay."""

import hashlib
import json
import re
from typing import Any

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.orders import validate_amount, validate_notes
from local.razorpay.state.entities import RETURNED, Payment, Refund
from local.razorpay.state.ledger import Ledger

REFUND_FIELDS = {"amount", "speed", "notes", "receipt"}
REFUNDABLE_SECONDS = 182 * 86_400
NOT_ENOUGH_BALANCE = (
    "Your account does not have enough balance to carry out the refund operation. You can add funds to your account "
    "from your Razorpay dashboard or capture new payments."
)
"""https://github.com/razorpay/razorpay-node/issues/414"""
INVALID_REQUEST = "invalid request sent"
"""The same rejection as others report it: https://github.com/razorpay/razorpay-node/issues/454"""
ALWAYS_FAILING_AMOUNT = 2468  # the amount of a failing refund in Razorpay's test mode
COMPLETE = ("processed", *RETURNED)
EVENT_BY_STATUS = {"processed": "refund.processed", "failed": "refund.failed", "reversed": "refund.failed"}
KEY_CHARACTERS = re.compile(r"[A-Za-z0-9_-]+")


def refund(ledger: Ledger, payment_id: str, body: dict[str, Any], key: str | None = None) -> Refund:
    """Refund `body["amount"]` paise, or the refundable balance. The same idempotency `key` with the same body returns
    the same refund. Raises RazorpayApiError."""
    payment = ledger.payment(payment_id)
    fingerprint = hashlib.sha256(json.dumps([payment_id, body], sort_keys=True).encode()).hexdigest()
    if key is not None:
        known = _find_by_idempotency_key(ledger, key, fingerprint)
        if known is not None:
            return known
    extra = sorted(set(body) - REFUND_FIELDS)
    if extra:
        raise RazorpayApiError(f"{', '.join(extra)} is/are not required and should not be sent", field=extra[0])
    created = _create_refund(ledger, payment, _refundable_amount(ledger, payment, body.get("amount")), body)
    if key is not None:
        ledger.refund_keys[key] = (fingerprint, created.id)
    return created


def auto_refund(ledger: Ledger, payment: Payment) -> Refund:
    """Refund an authorized payment that was never captured; `captured` stays false in the events."""
    return _create_refund(ledger, payment, payment.amount, {})


def complete_refund(ledger: Ledger, pending: Refund, outcome: str) -> None:
    """Complete a pending refund; `outcome` "process" or "fail". A failed refund returns the money to the merchant.
    Raises RazorpayApiError when it is complete."""
    if pending.status in COMPLETE:
        raise RazorpayApiError(f"The refund is already {pending.status}", field="status")
    change_refund_status(ledger, pending, "processed" if outcome == "process" else "failed")


def change_refund_status(ledger: Ledger, changed: Refund, status: str, event: str | None = "default") -> None:
    """Give a refund another status, also after it was processed: a bank may return a processed refund, which then is
    failed or reversed. `status` may be one that Razorpay does not document; such a refund counts as pending.

    `event` is the webhook; None sends none. By default a processed refund sends refund.processed, a failed one
    refund.failed, and another status nothing. No event of a reversed refund is documented: the list of events has only
    refund.failed, and https://razorpay.com/docs/payments/refunds/faqs/ names refund.processed as the message of the
    final status "Processed, Failed or Reversed". The default is refund.failed with the status "reversed" in the entity.

    Raises RazorpayApiError for the status that it has, and when a returned refund would be paid again."""
    was_returned, is_returned = changed.returned, status in RETURNED
    if status == changed.status or (was_returned and not is_returned):
        raise RazorpayApiError(f"The refund is already {changed.status}", field="status")
    payment = ledger.payment(changed.payment_id)
    changed.status = status
    if status == "processed" and changed.processed_at is None:
        changed.processed_at = ledger.now()
    if is_returned and not was_returned:
        changed.returned_at = ledger.now()
        payment.amount_refunded -= changed.amount
        payment.status = "captured" if payment.captured else "authorized"
        ledger.account.change_balance(changed.amount if changed.of_captured else 0)
    message = EVENT_BY_STATUS.get(status) if event == "default" else event
    if message is not None:
        ledger.emit_event(message, payment, refund=changed)


def complete_refund_when_due(ledger: Ledger, refund_id: str) -> None:
    """Complete a refund whose timer has fired, unless refunds are on hold or its status has changed."""
    due = ledger.refunds[refund_id]
    if due.status != "pending" or (due.of_captured and ledger.refund_outcome == "hold"):
        return
    fails = due.of_captured and (ledger.refund_outcome == "fail" or due.amount == ALWAYS_FAILING_AMOUNT)
    complete_refund(ledger, due, "fail" if fails else "process")


def _create_refund(ledger: Ledger, payment: Payment, amount: int, body: dict[str, Any]) -> Refund:
    speed = body.get("speed", "normal")
    if speed not in ("normal", "optimum"):
        raise RazorpayApiError("The speed must be normal or optimum", field="speed")
    created = Refund(
        id=ledger.new_id("rfnd_", ledger.refunds),
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        created_at=ledger.now(),
        notes=validate_notes(body.get("notes")),
        receipt=body.get("receipt"),
        speed=speed,
        of_captured=payment.captured,
    )
    ledger.refunds[created.id] = created
    payment.refund_ids.append(created.id)
    payment.amount_refunded += amount
    if payment.amount_refunded == payment.amount:
        payment.status = "refunded"
    ledger.account.change_balance(-amount if created.of_captured else 0)
    ledger.emit_event("refund.created", payment, refund=created)
    if ledger.settings.refund_seconds == 0 or not created.of_captured:
        complete_refund_when_due(ledger, created.id)
    else:
        ledger.schedule(ledger.clock.now() + ledger.settings.refund_seconds, "settle_refund", created.id)
    return created


def _refundable_amount(ledger: Ledger, payment: Payment, amount: object) -> int:
    if payment.status == "refunded":
        raise RazorpayApiError("The payment has been fully refunded already", field="amount")
    if payment.status != "captured":
        raise RazorpayApiError("The payment status should be captured for action to be taken", field="payment_id")
    if ledger.now() - payment.created_at > REFUNDABLE_SECONDS:
        raise RazorpayApiError("Refund is not supported for payments older than 6 months", field="payment_id")
    deducted = sum(dispute.amount_deducted for dispute in ledger.disputes.values() if dispute.payment_id == payment.id)
    balance = payment.amount - payment.amount_refunded - deducted
    if balance <= 0:
        raise RazorpayApiError("The payment has no refundable balance", field="amount")
    requested = balance if amount is None else validate_amount(amount, payment.currency)
    if requested > balance:
        raise RazorpayApiError("The refund amount provided is greater than amount captured", field="amount")
    if ledger.account.balance is not None and requested > ledger.account.balance:
        description = INVALID_REQUEST if ledger.account.vague_balance_error else NOT_ENOUGH_BALANCE
        raise RazorpayApiError(description, source="NA", step="NA", reason="NA")
    return requested


def _find_by_idempotency_key(ledger: Ledger, key: str, fingerprint: str) -> Refund | None:
    if len(key) < 10:
        raise RazorpayApiError("The idempotency key must be at least 10 characters long.")
    if not KEY_CHARACTERS.fullmatch(key):
        raise RazorpayApiError(
            "The idempotency key must only contain alphanumeric characters, underscores, and hyphens"
        )
    if key in ledger.refund_keys_in_progress:
        raise RazorpayApiError("Another request with the same idempotency key is still in progress.", status=409)
    if key not in ledger.refund_keys:
        return None
    used_for, refund_id = ledger.refund_keys[key]
    if used_for != fingerprint:
        raise RazorpayApiError(
            "Different request with the same idempotency key has already been processed.", status=409
        )
    return ledger.refunds[refund_id]
