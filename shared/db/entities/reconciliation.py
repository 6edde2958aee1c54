"""The reconciliation with the gateway: the position of each pass, the differences that an admin must resolve, and the
orders of payments."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item
from shared.domain.reconciliation import DifferenceKind, ReconciliationStage


class ReconciliationCursor(Item):
    """`RECONCILIATION#hourly / CURSOR` and `RECONCILIATION#nightly / CURSOR`: the current or latest pass. It covers
    `since` to `until`; `stage` continues at `position` (absent at the start of the stage). `postponed` is the number of
    payments that the stage `payments` left to `refunded_payments`. `listed` to `unreadable` count what the pass met.
    `complete_until` is the end of the latest pass that was completed, at `completed_at`; both are absent before the
    first. `version` grows with every write."""

    KIND: ClassVar[str] = "reconciliation_cursor"

    since = TimeAttribute()
    until = TimeAttribute()
    stage = EnumAttribute(ReconciliationStage)
    position = UnicodeAttribute(null=True)
    started_at = TimeAttribute()
    postponed = IntAttribute(default=0)
    listed = IntAttribute(default=0)
    found = IntAttribute(default=0)
    healed = IntAttribute(default=0)
    failed = IntAttribute(default=0)
    not_ours = IntAttribute(default=0)
    unreadable = IntAttribute(default=0)
    complete_until = TimeAttribute(null=True)
    completed_at = TimeAttribute(null=True)
    version = IntAttribute()


class OpenDifference(Item):
    """`RECONCILIATION#OPEN / order#kind#entity`: a difference that the reconciliation found and may not decide.
    `gateway` and `local` describe the entry of each side. `entity_id` is the id of a payment, a refund or a dispute.
    The row is deleted when the difference is gone."""

    KIND: ClassVar[str] = "open_difference"

    order_id = UnicodeAttribute()
    difference = EnumAttribute(DifferenceKind)
    entity_id = UnicodeAttribute()
    gateway = UnicodeAttribute()
    local = UnicodeAttribute()
    found_at = TimeAttribute()


class OrderOfPayment(Item):
    """`PAYMENT_ID#pay / ORDER`: the order of a payment at the gateway. Refunds and disputes name only their payment.
    `order_id` is "" for a payment without an order, and for one that was never captured: neither is ours to refund.
    Expires after 180 days; without the row, the gateway is asked again."""

    KIND: ClassVar[str] = "order_of_payment"

    order_id = UnicodeAttribute()
    expires_at = IntAttribute()
