"""Converts between the values of shared/domain (captures, refunds, changes) and the stored attributes of a payment. No
other module knows both forms, except learner_requests.py for those requests.

The stored maps are described in shared/db/entities/payment.py.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from shared import clock
from shared.db.due_index import due_attributes
from shared.db.entities import Payment
from shared.db.payments.learner_requests import stored_request
from shared.db.table.changes import apply_changes
from shared.domain.buyer import Buyer
from shared.domain.captures import (
    CapturedPayment,
    Dispute,
    Disputes,
    DisputeStatus,
    Refund,
    RefundRequest,
    RefundRequests,
    Refunds,
    RefundStatus,
    Reversal,
    ReversalOrigin,
    Reversals,
)
from shared.domain.changes import PaymentChanges, changed_fields

StoredMap = Mapping[str, Any]
"""A map attribute as it is stored."""

_OPEN_REQUEST: Final = ""
"""Stored instead of a refund id while Razorpay has created no refund for the request."""


def primary_capture(payment: Payment) -> CapturedPayment:
    """The capture that the payment's status describes; its amount is 0 until it is captured."""
    return CapturedPayment(
        int(payment.captured_amount),
        payment.currency,
        _refunds_from(payment.refunds.as_dict()),
        _reversals_from(payment.other_returns.as_dict() if payment.other_returns else {}),
        rejection=payment.refund_refused,
        disputes=_disputes_from(payment.disputes.as_dict() if payment.disputes else {}),
    )


def extra_captures(payment: Payment) -> dict[str, CapturedPayment]:
    """The other captures on the order, by payment id: duplicates, and captures of another amount or currency."""
    stored = payment.surplus.as_dict() if payment.surplus else {}
    return {payment_id: capture_from(capture) for payment_id, capture in stored.items()}


def refund_requests(payment: Payment) -> dict[str, RefundRequest]:
    """The refunds that admins requested, by the key of the request."""
    return {
        key: RefundRequest(
            int(stored["amount"]),
            stored["refund_id"] or None,
            int(stored.get("failed", 0)),
            stored.get("refused"),
            bool(stored.get("closed")),
            tuple(stored.get("failed_refunds", ())),
        )
        for key, stored in payment.refund_requests.as_dict().items()
    }


def voided_payment_ids(payment: Payment) -> tuple[str, ...]:
    """The attempts whose authorization was voided."""
    return tuple(payment.returned_payment_ids or ())


def unresolved_payments(payment: Payment) -> dict[str, datetime]:
    """The other attempts that may have succeeded, with the time (UTC) of the first report of each."""
    stored = payment.unresolved.as_dict() if payment.unresolved else {}
    return {payment_id: clock.parse(reported_at) for payment_id, reported_at in stored.items()}


def buyer_of(payment: Payment) -> Buyer:
    """The buyer's details that were given with the order."""
    return Buyer(payment.buyer_state, payment.buyer_gstin, payment.buyer_name, payment.buyer_address)


def buyer_attributes(buyer: Buyer) -> dict[str, str]:
    """The attributes of a new payment that are known of the buyer."""
    attributes = {
        "buyer_state": buyer.state,
        "buyer_gstin": buyer.gstin,
        "buyer_name": buyer.name,
        "buyer_address": buyer.address,
    }
    return {name: value for name, value in attributes.items() if value}


def apply_payment_changes(payment: Payment, changes: PaymentChanges) -> Payment:
    """A copy of `payment` as it will be stored once `changes` are written."""
    return apply_changes(payment, payment_attributes(payment.order_id, changes))


def payment_attributes(order_id: str, changes: PaymentChanges) -> dict[str, Any]:
    """The attributes that `changes` set, by their stored names; None removes the attribute."""
    attributes: dict[str, Any] = {}
    for field, value in changed_fields(changes).items():
        if field == "next_poll_at":
            attributes |= due_attributes(order_id, value)
        else:
            name, to_stored = _STORED_AS.get(field, (field, _unconverted))
            attributes[name] = to_stored(value)
    return attributes


def capture_from(stored: StoredMap) -> CapturedPayment:
    """A capture from an entry of `surplus`."""
    return CapturedPayment(
        int(stored["amount"]),
        stored["currency"],
        _refunds_from(stored["refunds"]),
        _reversals_from(stored["other_returns"]),
        bool(stored["held"]),
        stored.get("refused"),
        _disputes_from(stored.get("disputes", {})),
        bool(stored.get("released")),
    )


def _refunds_from(stored: StoredMap) -> Refunds:
    return {key: Refund(int(each["amount"]), RefundStatus(each["status"])) for key, each in stored.items()}


def _reversals_from(stored: StoredMap) -> Reversals:
    return {key: Reversal(int(each["amount"]), ReversalOrigin(each["by"])) for key, each in stored.items()}


def _disputes_from(stored: StoredMap) -> Disputes:
    return {key: _dispute_from(each) for key, each in stored.items()}


def _dispute_from(stored: StoredMap) -> Dispute:
    return Dispute(
        int(stored["amount"]),
        stored["currency"],
        DisputeStatus(stored["status"]),
        stored["phase"],
        stored["reason"],
        _time_from(stored.get("respond_by")),
        int(stored["deducted"]),
        _time_from(stored.get("as_of")),
    )


def _time_from(stored: str | None) -> datetime | None:
    return clock.parse(stored) if stored else None


def _stored_refunds(refunds: Refunds) -> StoredMap:
    return {key: {"amount": refund.amount, "status": refund.status.value} for key, refund in refunds.items()}


def _stored_reversals(reversals: Reversals) -> StoredMap:
    return {key: {"amount": reversal.amount, "by": reversal.origin.value} for key, reversal in reversals.items()}


def _stored_requests(requests: RefundRequests) -> StoredMap:
    return {key: _stored_request(request) for key, request in requests.items()}


def _stored_request(request: RefundRequest) -> StoredMap:
    """`failed` and `failed_refunds` are stored only after a refund of the request failed, `refused` and `closed` after
    a rejection."""
    failed: StoredMap = {"failed": request.failed} if request.failed else {}
    if request.failed_refunds:
        failed = {**failed, "failed_refunds": list(request.failed_refunds)}
    refused = {} if request.rejection is None else {"refused": request.rejection}
    closed = {"closed": True} if request.closed else {}
    return {"amount": request.amount, "refund_id": request.refund_id or _OPEN_REQUEST, **failed, **refused, **closed}


def _stored_captures(captures: Mapping[str, CapturedPayment]) -> StoredMap:
    return {payment_id: _stored_capture(capture) for payment_id, capture in captures.items()}


def _stored_capture(capture: CapturedPayment) -> StoredMap:
    """`refused` is stored only after Razorpay rejected a refund of the capture, `disputes` after the first dispute,
    `released` after a hold."""
    rejection = {} if capture.rejection is None else {"refused": capture.rejection}
    disputes = {"disputes": _stored_disputes(capture.disputes)} if capture.disputes else {}
    released = {"released": True} if capture.released else {}
    return {
        "amount": capture.amount,
        "currency": capture.currency,
        "refunds": _stored_refunds(capture.refunds),
        "other_returns": _stored_reversals(capture.reversals),
        "held": capture.on_hold,
        **rejection,
        **disputes,
        **released,
    }


def _stored_disputes(disputes: Disputes) -> StoredMap:
    return {dispute_id: _stored_dispute(dispute) for dispute_id, dispute in disputes.items()}


def _stored_dispute(dispute: Dispute) -> StoredMap:
    """`respond_by` and `as_of` are stored only where they are known."""
    times = {"respond_by": dispute.respond_by, "as_of": dispute.as_of}
    return {
        "amount": dispute.amount,
        "currency": dispute.currency,
        "status": dispute.status.value,
        "phase": dispute.phase,
        "reason": dispute.reason,
        "deducted": dispute.deducted,
        **{name: clock.text(time) for name, time in times.items() if time},
    }


def _stored_times(times: Mapping[str, datetime] | None) -> StoredMap | None:
    return {key: clock.text(time) for key, time in (times or {}).items()} or None


def _unconverted(value: Any) -> Any:
    return value


_STORED_AS: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "refunds": ("refunds", _stored_refunds),
    "refund_requests": ("refund_requests", _stored_requests),
    "refund_error": ("refund_refused", _unconverted),
    "refund_rejected_since": ("refund_refused_since", _unconverted),
    "reversals": ("other_returns", _stored_reversals),
    "extra_captures": ("surplus", _stored_captures),
    "voided_payment_ids": ("returned_payment_ids", list),
    "disputes": ("disputes", _stored_disputes),
    "learner_request": ("learner_request", stored_request),
    "unresolved_payments": ("unresolved", _stored_times),
}
"""Fields of PaymentChanges that are stored under another name, or in another form."""
