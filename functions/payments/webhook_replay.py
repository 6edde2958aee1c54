"""Replays webhook events that could not be read when they came, for example after an unknown form of an event was added
to the code. `python -m cli replay-webhooks` runs it."""

from collections.abc import Iterator
from enum import StrEnum

from functions.payments import webhook
from functions.payments.razorpay_evidence import MalformedPayload
from shared.db.entities import WebhookEvent
from shared.db.payments import webhook_inbox
from shared.db.table.store import StartKey
from shared.history_kinds import InboxOutcome

_PAGE_SIZE = 25
"""Events per Query: a page of events of the largest size exceeds the megabyte that a Query reads."""


class ReplayOutcome(StrEnum):
    """The result of a replay that left the event as it was."""

    UNREADABLE = "still unreadable"
    NOT_KEPT = "body was too large to be kept"
    DONE = "applied before"


def unreadable_events(limit: int) -> Iterator[WebhookEvent]:
    """At most `limit` of the kept events, oldest first, read in small pages. Raises StoreUnavailable."""
    start: StartKey = None
    left = limit
    while left > 0:
        page = webhook_inbox.list_unreadable(min(left, _PAGE_SIZE), start)
        yield from page.items
        left -= len(page.items)
        start = page.next_key
        if start is None:
            return


def replay(event_id: str) -> str:
    """Applies a kept event as if it came now, and removes its body. Returns the outcome: the value of a Verdict, an
    InboxOutcome or a ReplayOutcome. Safe to repeat: evidence that is known already changes nothing.

    Raises EventNotSettled, PaymentContention, StoreUnavailable: the event is kept then."""
    entry = webhook_inbox.get(event_id)
    if entry is None or entry.outcome is not InboxOutcome.MALFORMED:
        return ReplayOutcome.DONE.value
    body = webhook_inbox.kept_body(entry)
    if body is None:
        return ReplayOutcome.NOT_KEPT.value
    try:
        message = webhook.parse(body)
    except MalformedPayload:
        return ReplayOutcome.UNREADABLE.value
    outcome = webhook.apply_message(message, None)
    applied = outcome if isinstance(outcome, InboxOutcome) else message.evidence[-1].kind
    webhook_inbox.close_unreadable(event_id, message.event, message.order_id, applied)
    return outcome.value
