"""The payment register, derived from the payments. No decision is made from it."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import PaymentStatus


class PaymentListing(ListingIndexed, Item):
    """`PAYMENTS / created_at#order`: all payments, for admins; gsi1 lists the payments of one status in the same order.

    One item per payment, so a change of status is one write. `version` is that of the payment it was derived from: an
    older state never replaces a newer one."""

    KIND: ClassVar[str] = "payment_listing"

    order_id = UnicodeAttribute()
    status = EnumAttribute(PaymentStatus)
    version = IntAttribute()
