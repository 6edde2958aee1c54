"""I1, I4 and I5: every paisa is where it should be, and none went back twice."""

from collections.abc import Iterator

from functions.payments.invariants.independent_totals import (
    extra_capture_totals,
    not_failed_total,
    processed_total,
    reversed_total,
)
from functions.payments.invariants.ledger import Breach, Ledger, next_poll_at
from shared.domain.lifecycle import PaymentStatus


def check_captures_accounted(ledger: Ledger) -> Iterator[Breach]:
    for payment in ledger.payments.values():
        captured, refunded, status = payment.captured_amount, payment.refunded_amount, payment.status
        if status is PaymentStatus.CAPTURED:
            if not captured:
                yield Breach("I1", payment.order_id, "captured without an amount")
            elif not ledger.is_access_basis(payment):
                yield Breach("I1", payment.order_id, f"{captured - refunded} captured, and no enrollment rests on it")
        elif status is PaymentStatus.REFUNDED and refunded != captured:
            yield Breach("I1", payment.order_id, f"refunded, but {refunded} of {captured}")
        elif captured and status not in (PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED):
            yield Breach("I1", payment.order_id, f"{captured} captured, yet it is {status}")
        for payment_id, (amount, given, others) in extra_capture_totals(payment).items():
            if given + others < amount and next_poll_at(payment) is None:
                detail = f"{amount} captured beside it by {payment_id}, and {given + others} back"
                yield Breach("I1", payment.order_id, detail)


def check_refund_totals(ledger: Ledger) -> Iterator[Breach]:
    for payment in ledger.payments.values():
        # One that is on its way may have failed already, and somebody looks: only what is back counts until then.
        counted = processed_total if next_poll_at(payment) else not_failed_total
        given = counted(payment.refunds.as_dict())
        if max(given, payment.refunded_amount) > payment.captured_amount:
            detail = f"{max(given, payment.refunded_amount)} refunded of {payment.captured_amount}"
            yield Breach("I4", payment.order_id, detail)
        back = min(processed_total(payment.refunds.as_dict()) + reversed_total(payment), payment.captured_amount)
        if payment.refunded_amount != back:
            yield Breach("I4", payment.order_id, f"{payment.refunded_amount} said to be back, and {back} is")
        for payment_id, (amount, given, _) in extra_capture_totals(payment).items():
            if given > amount:
                yield Breach("I4", payment.order_id, f"{given} refunded of {amount} by {payment_id}")


def check_captured_amounts(ledger: Ledger) -> Iterator[Breach]:
    for payment in ledger.payments.values():
        if payment.captured_amount not in (0, payment.amount):
            detail = f"{payment.captured_amount} captured of an order for {payment.amount}"
            yield Breach("I5", payment.order_id, detail)
