"""What was received, what admins did, and what was answered to a repeated request."""

from typing import ClassVar

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item
from shared.history_kinds import EvidenceKind, InboxOutcome


class WebhookEvent(Item):
    """`WEBHOOK#event_id / EVENT`: the inbox, written inside the transaction of the effect and never before it.

    `outcome` is the kind of the evidence that was applied last, or why there was nothing to apply."""

    KIND: ClassVar[str] = "webhook_event"

    event_id = UnicodeAttribute()
    event = UnicodeAttribute()
    order_id = UnicodeAttribute(null=True)
    received_at = TimeAttribute()
    outcome: EnumUnionAttribute[EvidenceKind | InboxOutcome] = EnumUnionAttribute(EvidenceKind, InboxOutcome)
    expires_at = IntAttribute()


class AuditEntry(Item):
    """`AUDIT#yyyy-mm / ulid`: what an admin did to whom, with the state before and after."""

    KIND: ClassVar[str] = "audit_entry"

    at = TimeAttribute()
    admin_id = UnicodeAttribute()
    action = UnicodeAttribute()
    subject = UnicodeAttribute()
    reason = UnicodeAttribute(default="")
    before = JSONAttribute()
    after = JSONAttribute()


class IdempotencyRecord(Item):
    """`IDEMPOTENCY#caller / hash`: the answer given to an `Idempotency-Key`. `status` 0 means still running."""

    KIND: ClassVar[str] = "idempotency_record"

    request_digest = UnicodeAttribute()
    status = IntAttribute()
    answer = UnicodeAttribute(default="")
    locked_until = TimeAttribute()
    expires_at = IntAttribute()
