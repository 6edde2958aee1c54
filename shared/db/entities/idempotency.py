"""Responses saved for repeated requests."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import IntAttribute, TimeAttribute
from shared.db.table.base import Item


class IdempotencyRecord(Item):
    """`IDEMPOTENCY#caller / hash`: the response saved for an `Idempotency-Key`. `status` 0: still running.

    `owner` is the token of the attempt that claimed the key last. Only that attempt saves its response or releases the
    key. Records of earlier versions, and those of registrations, have none."""

    KIND: ClassVar[str] = "idempotency_record"

    request_digest = UnicodeAttribute()
    status = IntAttribute()
    owner = UnicodeAttribute(null=True)
    answer = UnicodeAttribute(default="")
    locked_until = TimeAttribute()
    expires_at = IntAttribute()
