"""The enrollment of a learner in a course, its history, and the learner's progress."""

from datetime import datetime
from typing import Any, ClassVar

from pynamodb.attributes import ListAttribute, MapAttribute, UnicodeAttribute, UnicodeSetAttribute

from shared.db.entities.history import HistoryEntry
from shared.db.table.attributes import EnumAttribute, EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import DueIndexed, Item, ListingIndexed
from shared.domain.lifecycle import EnrollmentStatus, StatusReason
from shared.history_kinds import Cause, ChangeKind, EvidenceKind, HistoryKind


class Enrollment(ListingIndexed, DueIndexed, Item):
    """`USER#u / ENROLLMENT#c`: one per learner and course, never deleted; gsi1 lists a course's learners.

    `granted_by` is the basis of access: an order id, `free` or `admin`. `order_*` describes the unpaid order of a
    pending enrollment (amount in minor units, end of the order window), so that create-order can return the same order
    from this item alone; a withdrawn enrollment keeps these attributes. `order_buyer` is the fingerprint of the buyer's
    details of that order, absent when it has none. `order_coupon` is the code of the coupon in `order_amount`, absent
    without one. `orders_on_hold` are the learner's orders for the course with captured money that no rule accepts:
    while there is one, no other order is created. `coupon_code` is the coupon of the latest activation that a coupon
    made free. `certificate_id` is set by the first completion and never changes: one certificate per learner and
    course. `version` grows by one with every write, except the one of a missing `user_name`; `instructor_id` is for the
    read models.
    """

    KIND: ClassVar[str] = "enrollment"

    user_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    instructor_id = UnicodeAttribute()
    user_name = UnicodeAttribute()
    status = EnumAttribute(EnrollmentStatus)
    reason = EnumAttribute(StatusReason, null=True)
    granted_by = UnicodeAttribute(null=True)
    order_id = UnicodeAttribute(null=True)
    order_amount = IntAttribute(null=True)
    order_currency = UnicodeAttribute(null=True)
    order_window_ends_at = TimeAttribute(null=True)
    order_buyer = UnicodeAttribute(null=True)
    order_coupon = UnicodeAttribute(null=True)
    orders_on_hold: ListAttribute[Any] = ListAttribute(null=True)
    coupon_code = UnicodeAttribute(null=True)
    certificate_id = UnicodeAttribute(null=True)
    version = IntAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
    activated_at = TimeAttribute(null=True)
    completed_at = TimeAttribute(null=True)
    cancelled_at = TimeAttribute(null=True)

    @property
    def pending_until(self) -> datetime | None:
        """When a pending enrollment without an order expires; None for every other."""
        return self.due_at


class EnrollmentEvent(HistoryEntry):
    """`USER#u / HISTORY#c#n`: one entry per version of an enrollment. `why` is the kind of the step."""

    KIND: ClassVar[str] = "enrollment_event"
    KIND_ATTRIBUTE: ClassVar[str] = "why"

    course_id = UnicodeAttribute()
    why: EnumUnionAttribute[HistoryKind] = EnumUnionAttribute(EvidenceKind, ChangeKind)

    @property
    def cause(self) -> Cause:
        return Cause(self.why, self.source, self.note)


class Progress(Item):
    """`USER#u / ENROLLMENT#c#PROGRESS`: ids of the completed lessons, and the position of each video (seconds).

    Ids of deleted lessons may stay in the set: progress counts only the lessons of the current outline.
    """

    KIND: ClassVar[str] = "progress"

    course_id = UnicodeAttribute()
    completed = UnicodeSetAttribute(null=True)
    positions: MapAttribute[str, int] = MapAttribute(default=dict)
    last_lesson_id = UnicodeAttribute(null=True)
    last_studied_at = TimeAttribute(null=True)
