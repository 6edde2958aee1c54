"""What the invariant check has examined, and what it still has to examine. No decision about money is made from it."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import IntAttribute, TimeAttribute
from shared.db.table.base import DueIndexed, Item, ListingIndexed


class LearnerExamination(ListingIndexed, DueIndexed, Item):
    """`USER#u / EXAMINATION#c`: the learner of a course. gsi2 lists it, apart from the steps of the sweep, under the
    time from which it has to be examined: a change of an order or an enrollment, or a time at which work would be
    overdue. gsi1 lists it while a refund waits, by the time since which the oldest one waits.

    `changed` (a ULID) names the latest reported change: an examination is recorded only if none was reported since its
    read. `version` is that of the enrollment that was examined, 0 without one, absent before the first examination.
    `refunds_waiting` is the number of refunds that wait.
    """

    KIND: ClassVar[str] = "examination"

    user_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    changed = UnicodeAttribute(null=True)
    version = IntAttribute(null=True)
    examined_at = TimeAttribute(null=True)
    refunds_waiting = IntAttribute(default=0)


class PaymentExamination(Item):
    """`PAYMENT#order_id / EXAMINATION`: the version of the payment that was examined without a breach."""

    KIND: ClassVar[str] = "payment_examination"

    order_id = UnicodeAttribute()
    version = IntAttribute()
    examined_at = TimeAttribute()


class ExaminationPass(Item):
    """`EXAMINATION / PASS`: the current or latest pass over the whole table, and the result of the one before.

    `run` is a ULID and `revision` grows with every write, so that two processes cannot continue one pass. `position` is
    the key at which the scan continues, absent before the first page. `progress` and `result` are JSON objects of
    functions/payments/invariants/pass_counts.py: the counts so far, and those of the latest pass that was completed.
    `completed_at` is absent while the pass runs."""

    KIND: ClassVar[str] = "examination_pass"

    run = UnicodeAttribute()
    revision = IntAttribute()
    began_at = TimeAttribute()
    completed_at = TimeAttribute(null=True)
    position = UnicodeAttribute(null=True)
    progress = UnicodeAttribute()
    result = UnicodeAttribute(null=True)
