"""The payment of a Razorpay order, and its history."""

from datetime import datetime
from typing import Any, ClassVar

from pynamodb.attributes import BooleanAttribute, ListAttribute, MapAttribute, UnicodeAttribute

from shared.db.entities.history import HistoryEntry
from shared.db.table.attributes import EnumAttribute, EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import DueIndexed, Item, ListingIndexed
from shared.domain.captures import AmountRule
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.history_kinds import Cause, ChangeKind, EvidenceKind, HistoryKind


class Payment(ListingIndexed, DueIndexed, Item):
    """`PAYMENT#order_id / PAYMENT`; gsi1 lists a learner's payments, gsi2 lists it under the time of its next poll
    while it is unsettled.

    All amounts are in the minor unit of `currency`. `amount` is the price when the order is created, and never read
    from the course again. `list_amount` is the list price of the course then, and `discount` what a sale price and a
    coupon took off it; both are absent in an order at the list price, an adopted one, and one of an earlier version.
    `coupon_code` is the coupon in the price, `coupon_discount` its part of `discount` (absent in an order of an earlier
    version), `coupon_state` the state of the order's claim on it, and `coupon_limited` is true if the claim took one of
    the coupon's limited uses; all four are absent without a coupon. `coupon_due` is the state that the claim should
    have, while the coupon cannot be written; absent otherwise. `earlier_claims` are the claims that earlier orders of
    the learner for the course kept when this one was created, each "code order_id", the oldest first; absent if there
    was none. `captured_amount`
    minus `refunded_amount` is revenue. `refunds` maps refund ids to {amount, status}. `refunded_amount` is the sum of
    the processed refunds and of `other_returns`, at most `captured_amount`. `refund_requests` maps an admin's request
    key to {amount, refund_id, failed, failed_refunds, refused, closed}: `refund_id` is "" until the gateway has created
    the refund, and again after that refund failed; it is "by hand" with the reference of a manual refund that answered
    the request instead; `failed` counts the refunds that failed, or that were made of a capture in `surplus` while it
    was the primary one, and `failed_refunds` lists them, both absent before the first; `refused` is the gateway's
    reason for rejecting the latest attempt, absent before the first; `closed` is true once it was rejected for good,
    absent before. `refund_refused` is the gateway's reason for the latest refund that it rejected, and
    `refund_refused_since` the time of the first rejection of a refund that is still due: the pauses between its
    retries follow from it, and it is absent before, and again once no rejected refund is due.
    `returned_payment_ids` are attempts whose authorization was voided without a capture. `unresolved` maps the ids of
    other attempts that may have succeeded to the time of their first report. `amount_rule` says why a capture of
    another amount than the order's pays for the order. `other_returns` maps the id of a dispute, or an admin's
    reference of a manual refund, to {amount, by}: money returned without a refund by the gateway. `disputes` maps
    dispute ids to {amount, currency, status, phase, reason, respond_by, deducted, as_of}; `respond_by` is absent when
    the gateway states none. A dispute of `other_returns` that is not in `disputes` was lost: earlier versions stored no
    more of it. `surplus` maps the ids of extra captured payments of the order to {amount, currency, refunds,
    other_returns, held, refused, disputes, released}. `held` marks a capture that no rule accepts: it is on hold until
    an admin accepts or refunds it, or a matching payment is captured. `released` is true once a hold ended with a
    refund, absent before. `refused` is the gateway's reason for the latest refund of that capture that it rejected,
    absent before the first; `disputes` is absent before the first. `buyer_*` are the buyer's details that the learner
    gave with the order, for the invoice: the State by the first two digits of a GSTIN, and for a firm its GSTIN, name
    and address. Adopted orders and those of earlier versions have none. `gateway_fee` is what the gateway charges for
    the primary capture, and `gateway_tax` the tax in it; both are absent where the gateway stated none with the
    capture, and for captures of earlier versions. `learner_request` is the
    learner's latest request for a refund: {state, payment_id, reason, progress, requested_at, number, ended_at,
    decided_by, note, closed_by}, the last four absent while they are unknown; it is absent before the first.
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
    list_amount = IntAttribute(null=True)
    discount = IntAttribute(null=True)
    coupon_code = UnicodeAttribute(null=True)
    coupon_discount = IntAttribute(null=True)
    coupon_state = EnumAttribute(CouponState, null=True)
    coupon_limited = BooleanAttribute(null=True)
    coupon_due = EnumAttribute(CouponState, null=True)
    earlier_claims: ListAttribute[Any] = ListAttribute(null=True)
    status = EnumAttribute(PaymentStatus)
    reason = EnumAttribute(StatusReason, null=True)
    payment_id = UnicodeAttribute(null=True)
    returned_payment_ids: ListAttribute[Any] = ListAttribute(null=True)
    captured_amount = IntAttribute(default=0)
    refunded_amount = IntAttribute(default=0)
    refund_requests: MapAttribute[str, dict[str, object]] = MapAttribute(default=dict)
    refunds: MapAttribute[str, dict[str, object]] = MapAttribute(default=dict)
    refund_refused = UnicodeAttribute(null=True)
    refund_refused_since = TimeAttribute(null=True)
    unresolved: MapAttribute[str, str] = MapAttribute(null=True)
    amount_rule = EnumAttribute(AmountRule, null=True)
    gateway_fee = IntAttribute(null=True)
    gateway_tax = IntAttribute(null=True)
    learner_request: MapAttribute[str, object] = MapAttribute(null=True)
    disputes: MapAttribute[str, dict[str, object]] = MapAttribute(null=True)
    other_returns: MapAttribute[str, dict[str, object]] = MapAttribute(null=True)
    surplus: MapAttribute[str, dict[str, object]] = MapAttribute(null=True)
    buyer_state = UnicodeAttribute(null=True)
    buyer_gstin = UnicodeAttribute(null=True)
    buyer_name = UnicodeAttribute(null=True)
    buyer_address = UnicodeAttribute(null=True)
    window_ends_at = TimeAttribute()
    version = IntAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
    captured_at = TimeAttribute(null=True)

    @property
    def next_poll_at(self) -> datetime | None:
        """When the sweep polls the gateway about the order next (UTC); None when the order needs no further poll."""
        return self.due_at


class PaymentEvent(HistoryEntry):
    """`PAYMENT#order_id / EVENT#n`: one entry per version of a payment. Replaying all of them yields the payment.
    `evidence` is the kind of the step."""

    KIND: ClassVar[str] = "payment_event"
    KIND_ATTRIBUTE: ClassVar[str] = "evidence"

    order_id = UnicodeAttribute()
    evidence: EnumUnionAttribute[HistoryKind] = EnumUnionAttribute(EvidenceKind, ChangeKind)

    @property
    def cause(self) -> Cause:
        return Cause(self.evidence, self.source, self.note)
