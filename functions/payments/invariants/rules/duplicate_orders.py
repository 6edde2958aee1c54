"""I1 and I3: an automatic refund has a valid reason, no learner pays twice for a course, and a learner has one open
order for it at a time."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from functions.payments.invariants.history import Step
from functions.payments.invariants.ledger import (
    MAX_WRITE_DELAY,
    Breach,
    Learner,
    Ledger,
    learner_of,
    states_around,
)
from shared import clock
from shared.db.entities import Payment
from shared.domain.lifecycle import ADMIN_GRANT, FREE_GRANT, EnrollmentStatus, PaymentStatus, StatusReason
from shared.history_kinds import ChangeKind

_ACCESS_END_REASONS: Final = frozenset(
    {StatusReason.WITHDRAWN, StatusReason.REFUNDED, StatusReason.REVOKED, StatusReason.CHARGEBACK}
)
_OFFER_ATTRIBUTES: Final = ("order_amount", "order_currency", "order_buyer")
_UNPAID_STATES: Final[set[tuple[object, object]]] = {
    (None, None),
    (PaymentStatus.PENDING, None),
    (PaymentStatus.FAILED, StatusReason.SUPERSEDED),
}
"""(status, reason) of an order that is neither paid nor expired."""


def check_refund_reasons(ledger: Ledger) -> Iterator[Breach]:
    """I1. The reason of each automatic refund (no longer wanted, or duplicate) was true when the refund was decided."""
    for payment in ledger.payments.values():
        for step in ledger.payment_steps[payment.order_id]:
            if step.changes.get("status") != PaymentStatus.REFUND_PENDING:
                continue
            error = _refund_reason_error(ledger, payment, step)
            if error:
                yield Breach("I1", payment.order_id, error)


def _refund_reason_error(ledger: Ledger, payment: Payment, step: Step) -> str | None:
    enrollment_states = states_around(ledger.enrollment_steps[learner_of(payment)], step.at)
    match step.changes.get("reason"):
        case StatusReason.NO_LONGER_WANTED.value:
            if not any(state.get("reason") in _ACCESS_END_REASONS for state in enrollment_states):
                return f"refunded as no longer wanted, but the enrollment was {enrollment_states[0].get('status')}"
        case StatusReason.DUPLICATE.value:
            bases = {str(state["granted_by"]) for state in enrollment_states if state.get("granted_by")}
            others = bases - {payment.order_id}
            if not any(_is_settled_basis(ledger, basis, step.at) for basis in others):
                return "refunded as a duplicate, but no other capture or grant gave access"
    return None


def _is_settled_basis(ledger: Ledger, basis: str, moment: datetime) -> bool:
    """Whether access on that basis was final at `moment`: a grant, or a captured payment. An authorized payment is not
    final, because its authorization may still be voided."""
    if basis in (FREE_GRANT, ADMIN_GRANT):
        return True
    payment = ledger.payments.get(basis)
    return bool(payment and payment.captured_at and payment.captured_at <= moment + MAX_WRITE_DELAY)


def check_paid_once(ledger: Ledger) -> Iterator[Breach]:
    """I3. A learner has at most one captured payment for a course."""
    captured: defaultdict[Learner, list[str]] = defaultdict(list)
    for payment in ledger.payments.values():
        if payment.status is PaymentStatus.CAPTURED:
            captured[learner_of(payment)].append(payment.order_id)
    for learner, orders in captured.items():
        if len(orders) > 1:
            yield Breach("I3", str(learner), f"paid {len(orders)} times: {', '.join(orders)}")


def check_single_open_order(ledger: Ledger) -> Iterator[Breach]:
    """I3. No second order of the same amount for the same buyer is created while the first one can still be paid."""
    for learner, steps in ledger.enrollment_steps.items():
        state: dict[str, Any] = {}
        for step in steps:
            before, state = state, state | step.changes
            if step.kind is ChangeKind.ORDER_CREATED and _is_still_payable(ledger, before, state, step.at):
                detail = f"{state['order_id']} created while {before['order_id']} could be paid"
                yield Breach("I3", str(learner), detail)


def _is_still_payable(ledger: Ledger, before: dict[str, Any], after: dict[str, Any], moment: datetime) -> bool:
    """Whether the order that the enrollment had `before` could be paid at `moment` for the same amount, with an
    invoice for the same buyer."""
    if not before.get("order_id") or any(before.get(name) != after.get(name) for name in _OFFER_ATTRIBUTES):
        return False
    if before["status"] != EnrollmentStatus.PENDING and not _is_unpaid(ledger, before["order_id"], moment):
        return False
    return moment < clock.parse(before["order_window_ends_at"])


def _is_unpaid(ledger: Ledger, order_id: str, moment: datetime) -> bool:
    """Whether the order was neither paid nor expired at about that moment. A superseded order counts as unpaid, because
    the new order may have superseded it at that moment."""
    states = states_around(ledger.payment_steps[order_id], moment)
    return {(state.get("status"), state.get("reason")) for state in states} <= _UNPAID_STATES
