"""The register of payments: derived from them, never decided from."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import PaymentStatus


class PaymentListing(ListingIndexed, Item):
    """`PAYMENTS / created_at#order`: every payment, for admins; gsi1 lists those of a status in the same order.

    One item per payment, so moving from status to status is one write. `version` is that of the payment it was made
    from: an older picture never replaces a newer one."""

    KIND: ClassVar[str] = "payment_listing"

    order_id = UnicodeAttribute()
    status = EnumAttribute(PaymentStatus)
    version = IntAttribute()
