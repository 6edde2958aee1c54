"""What the product asked of Razorpay, and what it gave out: nothing was asked twice, and nothing unwanted."""

from collections import Counter
from collections.abc import Iterator

from functions.payments.invariants.ledger import Breach
from local.razorpay.state.entities import Payment
from shared.db.entities import CreditNote, Receipt
from shared.db.table.base import Item
from tests.simulation.runtime.sandbox import ACCEPTED_OFFER_PERCENT
from tests.simulation.session import SimulationSession

_REQUEST_NOTE = "request"


def check_refunds_made_once(session: SimulationSession) -> Iterator[Breach]:
    """I4: Razorpay made one refund for each request of an admin, unless the earlier ones were returned."""
    made: Counter[tuple[str, str]] = Counter()
    for refund in session.ledger.refunds.values():
        key = refund.notes.get(_REQUEST_NOTE)
        if key and not refund.returned:
            made[refund.payment_id, key] += 1
    for (payment_id, key), times in made.items():
        if times > 1:
            order_id = str(session.ledger.payments[payment_id].order_id)
            yield Breach("I4", order_id, f"the request {key} was refunded {times} times")


def check_captures_wanted(session: SimulationSession) -> Iterator[Breach]:
    """I5: the product has asked to capture no authorization of an amount that no rule accepts."""
    for payment_id in sorted(session.environment.captures_requested):
        payment = session.ledger.payments[payment_id]
        order = session.ledger.orders[str(payment.order_id)]
        if not _is_accepted(payment, order.amount):
            yield Breach("I5", order.id, f"asked to capture {payment.amount} for {order.amount}")


def _is_accepted(payment: Payment, order_amount: int) -> bool:
    discount = order_amount - payment.amount
    return discount == 0 or (
        payment.offer_id is not None and 0 < discount * 100 <= order_amount * ACCEPTED_OFFER_PERCENT
    )


def check_receipts_issued_once(session: SimulationSession, items: list[Item]) -> Iterator[Breach]:
    """I15 and I18: no receipt or note has a number that was given out before an older table was put back."""
    for item in items:
        if isinstance(item, Receipt | CreditNote) and item.number in session.lost_receipt_numbers:
            invariant = "I15" if isinstance(item, Receipt) else "I18"
            yield Breach(invariant, item.order_id, f"the number {item.number} was given out twice")
