"""The webhook inbox: each accepted event is stored once, and one that could not be read is kept with its body.

A body may contain personal data of the payer. It is stored in this table only, which is encrypted at rest, and is
removed when the event is applied, or with the row after 30 days (docs/decisions/0039-keep-unreadable-webhooks.md).
"""

import base64
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.expressions.condition import Condition

from shared import clock
from shared.db.entities import WebhookEvent
from shared.db.table import keys, store
from shared.db.table.base import listing_attributes
from shared.db.table.changes import update_actions
from shared.db.table.keys import Key
from shared.db.table.store import Listing, StartKey
from shared.db.table.transaction import Transaction
from shared.history_kinds import EvidenceKind, InboxOutcome

MAX_KEPT_BYTES: Final = 262_144
"""256 KiB: in base64 it fits into an item, which DynamoDB limits to 400 KB."""
_ENTRY_LIFETIME: Final = timedelta(days=30)
"""Longer than the period in which Razorpay can redeliver an event."""


def new_entry(
    event_id: str, event: str, order_id: str | None, outcome: EvidenceKind | InboxOutcome, now: datetime
) -> WebhookEvent:
    """The inbox row of an event, not stored yet. The row of a capture is listed for the invariant check."""
    return WebhookEvent.build(
        keys.webhook(event_id),
        event_id=event_id,
        event=event,
        order_id=order_id,
        received_at=now,
        outcome=outcome,
        expires_at=int((now + _ENTRY_LIFETIME).timestamp()),
        **_examination_attributes(event_id, order_id, outcome, now),
    )


def unreadable_entry(event_id: str, event: str, body: bytes, now: datetime) -> WebhookEvent:
    """The inbox row of an event that could not be read, not stored yet. It holds the body, unless that is larger than
    MAX_KEPT_BYTES."""
    entry = new_entry(event_id, event, None, InboxOutcome.MALFORMED, now)
    entry.body_size = len(body)
    if len(body) <= MAX_KEPT_BYTES:
        entry.body = base64.b64encode(body).decode("ascii")
    for name, value in listing_attributes(keys.unreadable_webhook_listing(now, event_id)).items():
        setattr(entry, name, value)
    return entry


def unsettled() -> Condition:
    """The condition under which an event may be written: it is new, or it could not be read before. A row of an
    unreadable event is replaced, with its body, when the same event is delivered again and can be read."""
    condition: Condition = WebhookEvent.pk.does_not_exist() | (WebhookEvent.outcome == InboxOutcome.MALFORMED)
    return condition


def _examination_attributes(
    event_id: str, order_id: str | None, outcome: EvidenceKind | InboxOutcome, now: datetime
) -> dict[str, str | None]:
    """The attributes that list the row of a capture for the invariant check."""
    if outcome is not EvidenceKind.CAPTURED or order_id is None:
        return {"gsi2pk": None, "gsi2sk": None}
    due = keys.examination_due(event_id, now)
    return {"gsi2pk": due.pk, "gsi2sk": due.sk}


def mark_examined(event: WebhookEvent) -> None:
    """Removes the row from the list of the invariant check: one UpdateItem, safe to repeat. Raises StoreUnavailable."""
    actions = [WebhookEvent.gsi2pk.remove(), WebhookEvent.gsi2sk.remove()]
    store.update(WebhookEvent, Key(event.pk, event.sk), actions, WebhookEvent.pk.exists())


def save_if_new(event: WebhookEvent) -> bool:
    """Stores an event that has no other effect. False if it was stored before. Raises StoreUnavailable."""
    transaction = Transaction()
    transaction.put("inbox", event, unsettled())
    return not transaction.commit()


def keep_unreadable(event: WebhookEvent) -> bool:
    """Stores an event that could not be read. False if the event was stored before. Raises StoreUnavailable."""
    transaction = Transaction()
    transaction.put("inbox", event)
    return not transaction.commit()


def list_unreadable(limit: int, start: StartKey = None) -> Listing[WebhookEvent]:
    """A page of the events that could not be read, oldest first: one Query of the index, of at most `limit` items and
    1 MB. The index lags: read the event before acting on it. Raises StoreUnavailable."""
    page = store.query(keys.UNREADABLE_WEBHOOKS, index=keys.GSI1, limit=limit, start=start)
    return Listing(page.items_of(WebhookEvent), page.next_key)


def get(event_id: str) -> WebhookEvent | None:
    return store.get(WebhookEvent, keys.webhook(event_id))


def kept_body(event: WebhookEvent) -> bytes | None:
    """The raw body of an event that could not be read; None if it was too large to be kept."""
    return None if event.body is None else base64.b64decode(event.body)


def close_unreadable(
    event_id: str, event: str, order_id: str | None, outcome: EvidenceKind | InboxOutcome
) -> WebhookEvent | None:
    """Stores what a replay did, and removes the body. Does nothing if the event is no longer unreadable: another replay
    or delivery was faster. One UpdateItem, safe to repeat. Returns the row as stored. Raises StoreUnavailable."""
    changes: dict[str, Any] = {
        "event": event,
        "outcome": outcome,
        "order_id": order_id,
        **dict.fromkeys(("body", "gsi1pk", "gsi1sk")),
        **_examination_attributes(event_id, order_id, outcome, clock.now()),
    }
    unreadable = WebhookEvent.outcome == InboxOutcome.MALFORMED
    return store.update(WebhookEvent, keys.webhook(event_id), update_actions(WebhookEvent, changes), unreadable).item
