"""Money: one payment per Razorpay order, and every step it made."""

from typing import Any, ClassVar

from pynamodb.attributes import ListAttribute, MapAttribute, UnicodeAttribute

from shared.db.entities.history import HistoryEntry
from shared.db.table.attributes import EnumAttribute, EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import DueIndexed, Item, ListingIndexed
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.history_kinds import Cause, ChangeKind, EvidenceKind, HistoryKind


class Payment(ListingIndexed, DueIndexed, Item):
    """`PAYMENT#order_id / PAYMENT`; gsi1 lists a learner's payments, gsi2 carries the next look while unsettled.

    `amount` is copied from the course when the order is made and never read again from it. All amounts are in the
    minor unit of `currency`. `captured_amount` minus `refunded_amount` is revenue.
    `refunds` maps refund ids to {amount, status}; `refunded_amount` is the sum of those that were processed.
    `refund_requests` maps an admin's request key to {amount, refund_id, failed}: "" until the gateway has answered it,
    and again when that refund failed. `refund_refused` is why the gateway would not make the last one it refused.
    `returned_payment_ids` are attempts whose authorised money went back without having been captured.
    `other_returns` maps what took money back without being a refund of the gateway's to {amount, by}: the id of a
    lost dispute, or an admin's reference of what was returned by hand.
    `surplus` maps payment ids, captured on the order beside the one that counts, to {amount, currency, refunds,
    other_returns, held}. `held` is kept until an admin gives it back: it was not what the order asked for.
    `version` numbers the history.
    """

    KIND: ClassVar[str] = "payment"

    order_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    instructor_id = UnicodeAttribute()
    receipt = UnicodeAttribute()
    amount = IntAttribute()
    currency = UnicodeAttribute()
    status = EnumAttribute(PaymentStatus)
    reason = EnumAttribute(StatusReason, null=True)
    payment_id = UnicodeAttribute(null=True)
    returned_payment_ids: ListAttribute[Any] = ListAttribute(null=True)
    captured_amount = IntAttribute(default=0)
    refunded_amount = IntAttribute(default=0)
    refund_requests: MapAttribute[str, dict[str, object]] = MapAttribute(default=dict)
    refunds: MapAttribute[str, dict[str, object]] = MapAttribute(default=dict)
    refund_refused = UnicodeAttribute(null=True)
    other_returns: MapAttribute[str, dict[str, object]] = MapAttribute(null=True)
    surplus: MapAttribute[str, dict[str, object]] = MapAttribute(null=True)
    window_ends_at = TimeAttribute()
    version = IntAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
    captured_at = TimeAttribute(null=True)


class PaymentEvent(HistoryEntry):
    """`PAYMENT#order_id / EVENT#n`: one per version of a payment; replaying the history from the start gives the
    payment. `evidence` is the kind of the step."""

    KIND: ClassVar[str] = "payment_event"
    KIND_ATTRIBUTE: ClassVar[str] = "evidence"

    order_id = UnicodeAttribute()
    evidence: EnumUnionAttribute[HistoryKind] = EnumUnionAttribute(EvidenceKind, ChangeKind)

    @property
    def cause(self) -> Cause:
        return Cause(self.evidence, self.source, self.note)
