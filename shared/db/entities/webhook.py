"""The webhook inbox."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item
from shared.history_kinds import EvidenceKind, InboxOutcome


class WebhookEvent(Item):
    """`WEBHOOK#event_id / EVENT`: the inbox row, written in the same transaction as the effect of the event.

    `outcome` is the kind of the evidence that was applied last, or the reason why there was nothing to apply."""

    KIND: ClassVar[str] = "webhook_event"

    event_id = UnicodeAttribute()
    event = UnicodeAttribute()
    order_id = UnicodeAttribute(null=True)
    received_at = TimeAttribute()
    outcome: EnumUnionAttribute[EvidenceKind | InboxOutcome] = EnumUnionAttribute(EvidenceKind, InboxOutcome)
    expires_at = IntAttribute()
