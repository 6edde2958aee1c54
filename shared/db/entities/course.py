"""A course."""

from datetime import datetime
from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import CourseLevel, CourseStatus
from shared.domain.prices import Sale, price_at


class SaleAttributes:
    """Mixin of items that store a sale: the price in minor units, from `sale_from` until `sale_until` (UTC, excluded).
    All three are absent without a sale."""

    sale_amount = IntAttribute(null=True)
    sale_from = TimeAttribute(null=True)
    sale_until = TimeAttribute(null=True)

    @property
    def sale(self) -> Sale | None:
        """The stored sale, whether it has ended or not."""
        return Sale(int(self.sale_amount), self.sale_from, self.sale_until) if self.sale_from else None


class Course(SaleAttributes, ListingIndexed, Item):
    """`COURSE#c / COURSE`; gsi1 lists an instructor's courses, oldest first.

    `amount` is the list price in minor units (paise); 0 is free. `sale_amount` is the price from `sale_from` to
    `sale_until` (UTC, the end excluded); all three are absent without a sale. `version` grows with every edit and is
    one of the two versions in the ETag. `ever_enrolled` is set once, by the transaction of the first enrollment. From
    then on the course cannot be deleted, and later enrollments do not write this item: otherwise enrollments in a
    popular course would conflict constantly. A hidden course that is also `closed` cannot be read by its learners
    either. `instructor_name` is a copy; `instructor_named_at` is the `updated_at` of the user that it was copied from.
    `thumbnail_version` is the upload time (Unix seconds): a late notification must not restore an older thumbnail.
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

    def price_at(self, moment: datetime) -> int:
        """The price at that time (UTC) in minor units: the sale price while the sale lasts, otherwise the list
        price."""
        return price_at(int(self.amount), self.sale, moment)

    @property
    def is_closed(self) -> bool:
        """Whether an admin hid the course from its learners too, and has not restored it since."""
        return bool(self.hidden and self.closed)
