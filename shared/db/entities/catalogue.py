"""The catalogue as it is listed: derived from courses, never decided from."""

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, ListAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import CourseLevel


class CatalogueCard(Item):
    """`CATALOGUE#… / place`: all that a list shows of a published course, once for every list it is in.

    `words` are its folded search words, each with a space before it: " data engineering". `enrollment_count` is the
    power of two the course has reached; `rating` (hundredths of a star) and `rating_count` are near, see
    shared/domain/ratings.py. `facet_*` are the folded filter values.
    """

    KIND: ClassVar[str] = "catalogue_card"

    course_id = UnicodeAttribute()
    title = UnicodeAttribute()
    description = UnicodeAttribute()
    category = UnicodeAttribute()
    facet_category = UnicodeAttribute()
    level = EnumAttribute(CourseLevel)
    language = UnicodeAttribute()
    facet_language = UnicodeAttribute()
    amount = IntAttribute()
    currency = UnicodeAttribute()
    instructor_id = UnicodeAttribute()
    instructor_name = UnicodeAttribute()
    lesson_count = IntAttribute()
    enrollment_count = IntAttribute()
    rating = IntAttribute(null=True)
    rating_count = IntAttribute(default=0)
    thumbnail_url = UnicodeAttribute(null=True)
    published_at = TimeAttribute()
    words = UnicodeAttribute()


class CourseListing(ListingIndexed, Item):
    """`STATS#COURSES / created_at#c`: every course, for the admin's list; its figures are the instructor's item. gsi1
    lists those that are hidden."""

    KIND: ClassVar[str] = "course_listing"

    course_id = UnicodeAttribute()
    instructor_id = UnicodeAttribute()


class CardManifest(Item):
    """`COURSE#c / CARDS`: under which keys ("pk sk") this course is listed, so that the next rebuild removes what is
    no longer right. Each rebuild claims the next `revision`, and writes only while it is the newest. `rating` and
    `rating_count` are what the cards tell."""

    KIND: ClassVar[str] = "card_manifest"

    revision = IntAttribute()
    complete = BooleanAttribute()
    digest = UnicodeAttribute()
    places: ListAttribute[str] = ListAttribute(of=UnicodeAttribute)  # type: ignore[arg-type]
    rating = IntAttribute(null=True)
    rating_count = IntAttribute(default=0)
    expires_at = IntAttribute(null=True)
