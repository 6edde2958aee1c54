"""Disputes of payments, listed by their deadline."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.captures import DisputeStatus


class DisputeRecord(ListingIndexed, Item):
    """`DISPUTE#dispute_id / DISPUTE`: a dispute as the payment contains it, written in the same transaction. gsi1 lists
    the open ones first, by their deadline, then the ended ones, the latest first.

    No decision is made from it but one: which order a dispute belongs to. Amounts are in minor units of `currency`;
    `deducted` is what the gateway has deducted from our balance. `phase` and `reason` are the gateway's own words.
    `respond_by` (UTC) is absent when the gateway states none."""

    KIND: ClassVar[str] = "dispute"

    dispute_id = UnicodeAttribute()
    payment_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    amount = IntAttribute()
    currency = UnicodeAttribute()
    status = EnumAttribute(DisputeStatus)
    phase = UnicodeAttribute()
    reason = UnicodeAttribute()
    deducted = IntAttribute()
    respond_by = TimeAttribute(null=True)
    updated_at = TimeAttribute()
