"""The audit trail of admin actions."""

from typing import ClassVar

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from shared.db.table.attributes import TimeAttribute
from shared.db.table.base import Item


class AuditEntry(Item):
    """`AUDIT#yyyy-mm / ulid`: an action of an admin and its subject, with the state before and after."""

    KIND: ClassVar[str] = "audit_entry"

    at = TimeAttribute()
    admin_id = UnicodeAttribute()
    action = UnicodeAttribute()
    subject = UnicodeAttribute()
    reason = UnicodeAttribute(default="")
    before = JSONAttribute()
    after = JSONAttribute()
