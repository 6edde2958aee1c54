"""The public certificate of a completed course."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed


class Certificate(ListingIndexed, Item):
    """`CERTIFICATE#id / CERTIFICATE`: created by the transaction that completes the enrollment, which stores its id;
    gsi1 lists a learner's certificates.

    Names and title are copied at that moment and do not change. Validity is not stored: a certificate is valid while
    its enrollment is completed, unless an admin revoked it (`revoked_at`, `revoked_reason`).
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
