"""The review of a course by a learner."""

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from shared.db.table.attributes import IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed


class Review(ListingIndexed, Item):
    """`USER#u / REVIEW#c`: one per learner and course; gsi1 lists a course's reviews, the hidden ones separately.

    `rating` is 1 to 5, `user_name` the learner's name at the time of writing. A hidden review is not shown and does not
    count. The learner may rewrite it; it stays hidden.
    """

    KIND: ClassVar[str] = "review"

    review_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    user_name = UnicodeAttribute()
    rating = IntAttribute()
    text = UnicodeAttribute(null=True)
    hidden = BooleanAttribute(default=False)
    moderation_reason = UnicodeAttribute(null=True)
    version = IntAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
