"""What the stored messages say beside the ledger: each had its effect, and had it once."""

from collections.abc import Iterable, Iterator
from typing import Final

from functions.payments.invariants.ledger import Breach, Ledger
from shared.db.entities import WebhookEvent
from shared.history_kinds import EvidenceKind

_CAPTURE_ATTRIBUTES: Final = ("captured_at", "captured_amount")


def check_applied_once(ledger: Ledger) -> Iterator[Breach]:
    """I7. A message that comes again changes nothing: no step enters the state it is in, or captures again."""
    for order_id in ledger.payments:
        state: object = None
        captured = 0
        for step in ledger.payment_steps[order_id]:
            if "status" in step.changes and step.changes["status"] == state:
                yield Breach("I7", order_id, f"step {step.number} makes it {state} again")
            state = step.changes.get("status", state)
            captured += step.number > 1 and any(name in step.changes for name in _CAPTURE_ATTRIBUTES)
        if captured > 1:
            yield Breach("I7", order_id, f"captured {captured} times")


def check_applied(ledger: Ledger, received: Iterable[WebhookEvent]) -> Iterator[Breach]:
    """I12. Who was told that a capture is settled finds it in the books."""
    for event in received:
        if event.outcome is not EvidenceKind.CAPTURED or event.order_id is None:
            continue
        payment = ledger.payments.get(event.order_id)
        if payment is None:
            yield Breach("I12", event.order_id, f"{event.event} {event.event_id} was taken, and there is no such order")
        elif not payment.captured_amount and not payment.surplus:
            yield Breach("I12", event.order_id, f"{event.event} {event.event_id} was taken, yet it is {payment.status}")
