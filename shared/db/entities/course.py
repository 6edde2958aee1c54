"""A course as it is edited and sold."""

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import CourseLevel, CourseStatus


class Course(ListingIndexed, Item):
    """`COURSE#c / COURSE`; gsi1 lists an instructor's own, oldest first.

    `amount` is in minor units (paise), 0 = free. `version` grows with every edit and is half of the ETag.
    `ever_enrolled` is set once, by the first enrollment's transaction: from then on the course cannot be deleted, and
    later enrollments need not touch this item (a hot course would otherwise be one conflict after another).
    A hidden course that is `closed`, too, is closed to those who learn in it.
    `instructor_name` is a copy: `instructor_named_at` is when the user was changed that it was copied from.
    `thumbnail_version` is when it was uploaded (unix seconds): a late notice must not bring an old one back.
    """

    KIND: ClassVar[str] = "course"

    course_id = UnicodeAttribute()
    instructor_id = UnicodeAttribute()
    instructor_name = UnicodeAttribute()
    instructor_named_at = TimeAttribute(null=True)
    title = UnicodeAttribute()
    description = UnicodeAttribute()
    category = UnicodeAttribute()
    level = EnumAttribute(CourseLevel)
    language = UnicodeAttribute()
    amount = IntAttribute()
    currency = UnicodeAttribute()
    status = EnumAttribute(CourseStatus)
    hidden = BooleanAttribute(default=False)
    closed = BooleanAttribute(default=False)
    moderation_reason = UnicodeAttribute(null=True)
    thumbnail_public_id = UnicodeAttribute(null=True)
    thumbnail_url = UnicodeAttribute(null=True)
    thumbnail_version = IntAttribute(null=True)
    ever_enrolled = BooleanAttribute(default=False)
    version = IntAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
    published_at = TimeAttribute(null=True)

    @property
    def is_closed(self) -> bool:
        """An admin took it from those who learn in it, too, until it is restored."""
        return bool(self.hidden and self.closed)
