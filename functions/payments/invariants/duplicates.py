"""I1 and I3: money is refused for a reason, nobody pays twice, and one order is open at a time."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from functions.payments.invariants.ledger import MAX_WRITE_DELAY, Breach, Learner, Ledger, states_around
from shared import clock
from shared.domain.lifecycle import ADMIN_GRANT, FREE_GRANT, PaymentStatus, StatusReason
from shared.history_kinds import ChangeKind

_ACCESS_END_REASONS: Final = frozenset(
    {StatusReason.WITHDRAWN, StatusReason.REFUNDED, StatusReason.REVOKED, StatusReason.CHARGEBACK}
)


def check_refund_reasons(ledger: Ledger) -> Iterator[Breach]:
    """Money refused as not wanted, or as paid twice, must have been so at that moment."""
    for payment in ledger.payments.values():
        for step in ledger.payment_steps[payment.order_id]:
            reason = step.changes.get("reason")
            if step.changes.get("status") != PaymentStatus.REFUND_PENDING:
                continue
            known = states_around(ledger.enrollment_steps[payment.user_id, payment.course_id], step.at)
            if reason == StatusReason.NO_LONGER_WANTED and not any(
                each.get("reason") in _ACCESS_END_REASONS for each in known
            ):
                yield Breach("I1", payment.order_id, f"refused, though the enrollment was {known[0].get('status')}")
            others = {str(each["granted_by"]) for each in known if each.get("granted_by")} - {payment.order_id}
            if reason == StatusReason.DUPLICATE and not any(
                _was_settled_basis(ledger, other, step.at) for other in others
            ):
                yield Breach("I1", payment.order_id, "refused as a duplicate of nothing")


def _was_settled_basis(ledger: Ledger, basis: str, moment: datetime) -> bool:
    """Whether access that rested on it needed no other money: reserved money may yet go back."""
    if basis in (FREE_GRANT, ADMIN_GRANT):
        return True
    payment = ledger.payments.get(basis)
    return bool(payment and payment.captured_at and payment.captured_at <= moment + MAX_WRITE_DELAY)


def check_paid_once(ledger: Ledger) -> Iterator[Breach]:
    kept: defaultdict[Learner, list[str]] = defaultdict(list)
    for payment in ledger.payments.values():
        if payment.status is PaymentStatus.CAPTURED:
            kept[payment.user_id, payment.course_id].append(payment.order_id)
    for learner, orders in kept.items():
        if len(orders) > 1:
            yield Breach("I3", " ".join(learner), f"paid {len(orders)} times: {', '.join(orders)}")


def check_single_open_order(ledger: Ledger) -> Iterator[Breach]:
    for learner, steps in ledger.enrollment_steps.items():
        known: dict[str, object] = {}
        for step in steps:
            before, known = known, known | step.changes
            offer = ("order_amount", "order_currency")
            if step.kind is not ChangeKind.ORDER_CREATED or not before.get("order_id"):
                continue
            if before["status"] != "pending" and not _unpaid(ledger, str(before["order_id"]), step.at):
                continue
            open_until = clock.parse(str(before["order_window_ends_at"]))
            if step.at < open_until and all(before.get(name) == known.get(name) for name in offer):
                yield Breach("I3", " ".join(learner), f"{known['order_id']} made beside {before['order_id']}")


def _unpaid(ledger: Ledger, order_id: str, moment: datetime) -> bool:
    """Whether nothing but its replacement is told of the order at about that moment: no money, and no end."""
    states = {
        (each.get("status"), each.get("reason")) for each in states_around(ledger.payment_steps[order_id], moment)
    }
    return states <= {(None, None), ("pending", None), ("failed", StatusReason.SUPERSEDED)}
