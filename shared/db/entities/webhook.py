"""The webhook inbox, and orders of other products."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import DueIndexed, Item, ListingIndexed
from shared.history_kinds import EvidenceKind, InboxOutcome


class WebhookEvent(ListingIndexed, DueIndexed, Item):
    """`WEBHOOK#event_id / EVENT`: the inbox row, written in the same transaction as the effect of the event. gsi2 lists
    the row of a capture, apart from the steps of the sweep, until the invariant check has examined it.

    `outcome` is the kind of the evidence that was applied last, or the reason why there was nothing to apply. While the
    outcome is `malformed`, the row holds what is needed to replay the event: `body`, the raw body in base64, absent
    if it is too large; and `body_size`, its number of bytes. gsi1 lists such rows by the time of receipt."""

    KIND: ClassVar[str] = "webhook_event"

    event_id = UnicodeAttribute()
    event = UnicodeAttribute()
    order_id = UnicodeAttribute(null=True)
    received_at = TimeAttribute()
    outcome: EnumUnionAttribute[EvidenceKind | InboxOutcome] = EnumUnionAttribute(EvidenceKind, InboxOutcome)
    body = UnicodeAttribute(null=True)
    body_size = IntAttribute(null=True)
    expires_at = IntAttribute()


class ForeignOrder(Item):
    """`FOREIGN#order_id / FOREIGN`: an order at the gateway that is not ours, remembered until `remembered_until`."""

    KIND: ClassVar[str] = "foreign_order"

    order_id = UnicodeAttribute()
    remembered_until = TimeAttribute()
    expires_at = IntAttribute()
