"""Refunds: requested by the merchant, or automatic refunds by Razorpay."""

import hashlib
import json
import re
from typing import Any

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.orders import validate_amount, validate_notes
from local.razorpay.state.entities import Payment, Refund
from local.razorpay.state.ledger import Ledger

REFUND_FIELDS = {"amount", "speed", "notes", "receipt"}
REFUNDABLE_SECONDS = 182 * 86_400
ALWAYS_FAILING_AMOUNT = 2468  # the amount of a failing refund in Razorpay's test mode
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
    Raises RazorpayApiError when it is not pending."""
    if pending.status != "pending":
        raise RazorpayApiError(f"The refund is already {pending.status}", field="status")
    payment = ledger.payment(pending.payment_id)
    pending.status = "processed" if outcome == "process" else "failed"
    if pending.status == "failed":
        payment.amount_refunded -= pending.amount
        payment.status = "captured" if payment.captured else "authorized"
    ledger.emit_event(f"refund.{pending.status}", payment, refund=pending)


def complete_refund_when_due(ledger: Ledger, refund_id: str) -> None:
    """Complete a refund whose timer has fired, unless refunds are on hold or it is no longer pending."""
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
        raise RazorpayApiError("Different request with the same idempotency key has already been processed.")
    return ledger.refunds[refund_id]
