"""The webhook inbox: each accepted event is stored once."""

from datetime import datetime, timedelta
from typing import Final

from shared.db.entities import WebhookEvent
from shared.db.table import keys
from shared.db.table.transaction import Transaction
from shared.history_kinds import EvidenceKind, InboxOutcome

_ENTRY_LIFETIME: Final = timedelta(days=30)
"""Longer than the period in which Razorpay can redeliver an event."""


def new_entry(
    event_id: str, event: str, order_id: str | None, outcome: EvidenceKind | InboxOutcome, now: datetime
) -> WebhookEvent:
    """The inbox row of an event, not stored yet."""
    return WebhookEvent.build(
        keys.webhook(event_id),
        event_id=event_id,
        event=event,
        order_id=order_id,
        received_at=now,
        outcome=outcome,
        expires_at=int((now + _ENTRY_LIFETIME).timestamp()),
    )


def save_if_new(event: WebhookEvent) -> bool:
    """Stores an event that has no other effect. False if it was stored before. Raises StoreUnavailable."""
    transaction = Transaction()
    transaction.put("inbox", event)
    return not transaction.commit()
