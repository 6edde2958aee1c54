"""I1, I4 and I5: every captured amount is accounted for, and no refund exceeds its capture. Amounts in minor units."""

from collections.abc import Iterator

from functions.payments.invariants.independent_totals import (
    dispute_reversals,
    extra_capture_totals,
    not_failed_total,
    processed_total,
    reversed_total,
    undecided_total,
)
from functions.payments.invariants.ledger import Breach, Ledger, next_poll_at
from shared.db.entities import Payment
from shared.domain.captures import AmountRule
from shared.domain.lifecycle import PaymentStatus

_REFUND_STATUSES = (PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)


def check_captures_accounted(ledger: Ledger) -> Iterator[Breach]:
    """I1. A primary capture is the basis of access, is refunded, or has a pending refund."""
    for payment in ledger.payments.values():
        error = _primary_capture_error(ledger, payment)
        if error:
            yield Breach("I1", payment.order_id, error)


def _primary_capture_error(ledger: Ledger, payment: Payment) -> str | None:
    captured, refunded, status = payment.captured_amount, payment.refunded_amount, payment.status
    if status is PaymentStatus.CAPTURED:
        if not captured:
            return "captured without an amount"
        if not ledger.is_access_basis(payment):
            return f"{captured - refunded} captured, but it is not the basis of any access"
    elif status is PaymentStatus.REFUNDED and refunded != captured:
        return f"status refunded, but only {refunded} of {captured} is refunded"
    elif captured and status not in _REFUND_STATUSES:
        return f"{captured} captured, but the status is {status}"
    return None


def check_returns_decided(ledger: Ledger) -> Iterator[Breach]:
    """I1. A payment is refunded once all of it was returned for good, and not before: what is deducted for an open
    dispute may come back."""
    for payment in ledger.payments.values():
        total = processed_total(payment.refunds.as_dict()) + reversed_total(payment) - undecided_total(payment)
        is_returned = payment.captured_amount > 0 and total >= payment.captured_amount
        if is_returned != (payment.status is PaymentStatus.REFUNDED):
            detail = f"status {payment.status}, but {total} of {payment.captured_amount} was returned for good"
            yield Breach("I1", payment.order_id, detail)


def check_extra_captures_accounted(ledger: Ledger) -> Iterator[Breach]:
    """I1. An extra capture is refunded or reversed in full, or a poll is scheduled that refunds it."""
    for payment in ledger.payments.values():
        if next_poll_at(payment) is not None:
            continue
        for payment_id, totals in extra_capture_totals(payment).items():
            returned = totals.not_failed + totals.reversed
            if returned < totals.captured:
                detail = f"{totals.captured} captured in addition by {payment_id}, but only {returned} refunded"
                yield Breach("I1", payment.order_id, detail)


def check_refund_limits(ledger: Ledger) -> Iterator[Breach]:
    """I4. The refunds of a capture do not exceed its amount, unless a poll is scheduled: one of them may have failed
    after it was processed, before a message of that comes."""
    for payment in ledger.payments.values():
        if next_poll_at(payment):
            continue
        refunded = max(not_failed_total(payment.refunds.as_dict()), payment.refunded_amount)
        if refunded > payment.captured_amount:
            yield Breach("I4", payment.order_id, f"{refunded} refunded of {payment.captured_amount}")
        for payment_id, totals in extra_capture_totals(payment).items():
            if totals.not_failed > totals.captured:
                detail = f"{totals.not_failed} refunded of {totals.captured} by {payment_id}"
                yield Breach("I4", payment.order_id, detail)


def check_refunded_amount(ledger: Ledger) -> Iterator[Breach]:
    """I4. `refunded_amount` is the sum of the processed refunds and the reversals, but never more than the capture."""
    for payment in ledger.payments.values():
        total = processed_total(payment.refunds.as_dict()) + reversed_total(payment)
        expected = min(total, payment.captured_amount)
        if payment.refunded_amount != expected:
            detail = f"refunded_amount is {payment.refunded_amount}, but its refunds and reversals make {expected}"
            yield Breach("I4", payment.order_id, detail)


def check_dispute_reversals(ledger: Ledger) -> Iterator[Breach]:
    """I4. Each dispute has the reversal that its state requires."""
    for payment in ledger.payments.values():
        for dispute in dispute_reversals(payment):
            if dispute.expected != dispute.found:
                detail = f"{dispute.dispute_id} is {dispute.status}: {dispute.found} reversed, not {dispute.expected}"
                yield Breach("I4", payment.order_id, detail)


def check_captured_amounts(ledger: Ledger) -> Iterator[Breach]:
    """I5. The captured amount is the amount of the order, or a rule explains the difference."""
    for payment in ledger.payments.values():
        if not payment.captured_amount or _is_explained(payment):
            continue
        rule = f" ({payment.amount_rule})" if payment.amount_rule else ""
        detail = f"{payment.captured_amount} captured for an order of {payment.amount}{rule}"
        yield Breach("I5", payment.order_id, detail)


def _is_explained(payment: Payment) -> bool:
    captured, rule = payment.captured_amount, payment.amount_rule
    if rule is AmountRule.ACCEPTED:
        return True
    expected_rule = AmountRule.FEE_ON_TOP if captured > payment.amount else AmountRule.OFFER
    return bool(rule is (None if captured == payment.amount else expected_rule))
