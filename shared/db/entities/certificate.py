"""That somebody completed a course, for everybody to see."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed


class Certificate(ListingIndexed, Item):
    """`CERTIFICATE#id / CERTIFICATE`: made by the transaction that completes the enrollment, which keeps its id; gsi1
    lists a learner's.

    Names and title are as they were then. Whether it is valid is not stored: it is while the enrollment is completed,
    unless an admin revoked it (`revoked_at`, `revoked_reason`).
    """

    KIND: ClassVar[str] = "certificate"

    certificate_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    learner_name = UnicodeAttribute()
    course_title = UnicodeAttribute()
    instructor_name = UnicodeAttribute()
    issuer_name = UnicodeAttribute()
    completed_at = TimeAttribute()
    revoked_at = TimeAttribute(null=True)
    revoked_reason = UnicodeAttribute(null=True)
    version = IntAttribute()
