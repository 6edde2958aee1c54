"""I7 and I12: every acknowledged webhook took effect exactly once."""

from collections.abc import Iterator
from typing import Final

from functions.payments.invariants.ledger import Breach, Ledger
from shared.history_kinds import EvidenceKind

_CAPTURE_ATTRIBUTES: Final = frozenset({"captured_at", "captured_amount"})


def check_applied_once(ledger: Ledger) -> Iterator[Breach]:
    """I7. Repeated evidence changes nothing: no step sets the status that the payment already has, or captures it
    again."""
    for order_id in ledger.payments:
        status: object = None
        capture_count = 0
        for step in ledger.payment_steps[order_id]:
            if "status" in step.changes and step.changes["status"] == status:
                yield Breach("I7", order_id, f"step {step.number} sets the status {status} again")
            status = step.changes.get("status", status)
            # The first step creates the payment and sets captured_amount to 0.
            capture_count += step.number > 1 and not _CAPTURE_ATTRIBUTES.isdisjoint(step.changes)
        if capture_count > 1:
            yield Breach("I7", order_id, f"captured {capture_count} times")


def check_applied(ledger: Ledger) -> Iterator[Breach]:
    """I12. Each capture whose webhook was acknowledged with 2xx is in the ledger. Other kinds of evidence are
    not checked."""
    for event in ledger.webhooks:
        if event.outcome is not EvidenceKind.CAPTURED or event.order_id is None:
            continue
        payment = ledger.payments.get(event.order_id)
        acknowledged = f"{event.event} {event.event_id} was acknowledged"
        if payment is None:
            yield Breach("I12", event.order_id, f"{acknowledged}, but the order is unknown")
        elif not payment.captured_amount and not payment.surplus:
            yield Breach("I12", event.order_id, f"{acknowledged}, but the payment is {payment.status}")
