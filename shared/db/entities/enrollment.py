"""A learner in a course, and what of it is done."""

from typing import ClassVar

from pynamodb.attributes import MapAttribute, UnicodeAttribute, UnicodeSetAttribute

from shared.db.entities.history import HistoryEntry
from shared.db.table.attributes import EnumAttribute, EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import DueIndexed, Item, ListingIndexed
from shared.domain.lifecycle import EnrollmentStatus, StatusReason
from shared.history_kinds import Cause, ChangeKind, EvidenceKind, HistoryKind


class Enrollment(ListingIndexed, DueIndexed, Item):
    """`USER#u / ENROLLMENT#c`: one per learner and course, for ever; gsi1 lists a course's learners.

    `granted_by` is what access rests on: an order id, `free` or `admin`. `order_*` is the order a pending enrollment
    waits for (its amount in minor units and the moment its window closes), so that create-order can give the same
    order again from this item alone; one that was withdrawn keeps it. `certificate_id` is set by the first completion
    and kept for ever: one certificate per learner and course. `version` grows by one with every write, `instructor_id`
    is for the read models.
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
    certificate_id = UnicodeAttribute(null=True)
    version = IntAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
    activated_at = TimeAttribute(null=True)
    completed_at = TimeAttribute(null=True)
    cancelled_at = TimeAttribute(null=True)


class EnrollmentEvent(HistoryEntry):
    """`USER#u / HISTORY#c#n`: one per version of an enrollment. `why` is the kind of the step."""

    KIND: ClassVar[str] = "enrollment_event"
    KIND_ATTRIBUTE: ClassVar[str] = "why"

    course_id = UnicodeAttribute()
    why: EnumUnionAttribute[HistoryKind] = EnumUnionAttribute(EvidenceKind, ChangeKind)

    @property
    def cause(self) -> Cause:
        return Cause(self.why, self.source, self.note)


class Progress(Item):
    """`USER#u / ENROLLMENT#c#PROGRESS`: lesson ids that were ticked, and how far each video was watched (seconds).

    Ids of lessons that were deleted since may stay in the set: progress counts only what the outline still holds.
    """

    KIND: ClassVar[str] = "progress"

    course_id = UnicodeAttribute()
    completed = UnicodeSetAttribute(null=True)
    positions: MapAttribute[str, int] = MapAttribute(default=dict)
    last_lesson_id = UnicodeAttribute(null=True)
    last_studied_at = TimeAttribute(null=True)
