"""Whether our ledger contains what an entity in one of the gateway's lists proves. Pure: nearly every listed order is
recorded already, and costs no call.

A list may lag behind: an entity that shows less than our ledger contains is outdated, and counts as recorded."""

from functions.payments import razorpay_evidence
from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.reconciliation.ledger_comparison import captures_of
from shared import ids
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import unresolved_payments, voided_payment_ids
from shared.domain.captures import CapturedPayment, RefundStatus
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.gateways.razorpay import Json
from shared.settlement.balances import record_refund
from shared.settlement.evidence import AuthorizationVoided, Authorized, Captured
from shared.settlement.rules.dispute_rules import is_newer, known_dispute

_RETURNED: frozenset[RefundStatus] = frozenset({RefundStatus.PENDING, RefundStatus.PROCESSED, RefundStatus.UNKNOWN})
"""The refunds that the gateway counts in `amount_refunded` of their payment."""


def is_payment_recorded(payment: Payment, entity: Json) -> bool:
    """`entity` is a payment on the order of `payment`. Raises MalformedPayload, KeyError."""
    captures = captures_of(payment)
    capture = captures.get(entity["id"])
    for evidence in razorpay_evidence.from_payment(entity):
        match evidence:
            case Captured():
                return capture is not None and _equals(capture, evidence, entity)
            case Authorized():
                return capture is not None or _is_expected(payment, evidence.payment_id)
            case AuthorizationVoided():
                return not _is_authorized(payment, evidence.payment_id)
    return capture is None and not _is_authorized(payment, entity["id"])


def proves_money(entity: Json) -> bool:
    """Whether the payment entity is captured, or authorized and may be captured. Raises MalformedPayload, KeyError."""
    return any(isinstance(each, Captured | Authorized) for each in razorpay_evidence.from_payment(entity))


def is_refunded_in_full(entity: Json) -> bool:
    """Whether the payment entity is a capture that was refunded in full. Raises MalformedPayload, KeyError."""
    captured = any(isinstance(each, Captured) for each in razorpay_evidence.from_payment(entity))
    return captured and entity["status"] == "refunded"


def is_refund_recorded(payment: Payment, entity: Json) -> bool:
    """`entity` is a refund of a payment on the order of `payment`. Raises MalformedPayload, KeyError, ValueError."""
    evidence = razorpay_evidence.from_refund(entity)
    capture = captures_of(payment).get(evidence.payment_id)
    if capture is None:
        return evidence.payment_id in voided_payment_ids(payment)
    known = capture.refunds.get(evidence.refund_id)
    return known is not None and known.amount == evidence.amount and record_refund(capture.refunds, evidence) is None


def is_dispute_recorded(payment: Payment, entity: Json) -> bool:
    """`entity` is a dispute of a payment on the order of `payment`. Raises MalformedPayload, KeyError."""
    evidence = razorpay_evidence.from_dispute(entity)
    capture = captures_of(payment).get(evidence.payment_id)
    known = known_dispute(capture, evidence.dispute_id) if capture else None
    return known is not None and not is_newer(evidence.dispute, known)


def _equals(capture: CapturedPayment, evidence: Captured, entity: Json) -> bool:
    returned = sum(refund.amount for refund in capture.refunds.values() if refund.status in _RETURNED)
    is_same = (capture.amount, capture.currency) == (evidence.amount, evidence.currency)
    return is_same and returned >= (entity.get("amount_refunded") or 0)


def _is_expected(payment: Payment, payment_id: str) -> bool:
    """Whether the sweep polls the order because of this authorization."""
    if payment_id in voided_payment_ids(payment) or payment_id in unresolved_payments(payment):
        return True
    is_mismatch = payment.reason is StatusReason.MISMATCH and payment.next_poll_at is not None
    return is_mismatch or _is_authorized(payment, payment_id)


def _is_authorized(payment: Payment, payment_id: str) -> bool:
    return payment.status is PaymentStatus.AUTHORIZED and payment.payment_id == payment_id


def require_payment(entity: Json) -> None:
    """Raises MalformedPayload, KeyError and the like for an entity without the documented form."""
    razorpay_evidence.from_payment(entity)
    if entity.get("order_id"):
        _require_order_id(entity["order_id"])


def require_order(entity: Json) -> None:
    """As `require_payment`, of an order with its payments."""
    _require_order_id(entity["id"])
    for payment in payments_of(entity):
        razorpay_evidence.from_payment(payment)


def _require_order_id(order_id: str) -> None:
    if not ids.ORDER.fullmatch(order_id):
        raise MalformedPayload


def payments_of(order: Json) -> list[Json]:
    """The payments in an order entity."""
    payments: list[Json] = order["payments"]["items"]
    return payments
