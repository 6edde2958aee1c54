"""The lists of the catalogue: derived from courses. No decision is made from them."""

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, ListAttribute, UnicodeAttribute

from shared.db.entities.course import SaleAttributes
from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.lifecycle import CourseLevel


class CatalogueCard(SaleAttributes, Item):
    """`CATALOGUE#… / sort key`: the summary of a published course, one card per list that contains it.

    `words` are its folded search words, each preceded by a space: " data engineering". `enrollment_count` is the
    highest power of two that the course has reached; `rating` (hundredths of a star) and `rating_count` are
    approximate, see shared/domain/ratings.py. `facet_*` are the folded filter values. `amount` is the list price;
    the reader computes the price of the moment from it and from `sale_*`.
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
    """`STATS#COURSES / created_at#c`: all courses, for the admin's list; the counters are in InstructorCourse. gsi1
    lists the hidden courses."""

    KIND: ClassVar[str] = "course_listing"

    course_id = UnicodeAttribute()
    instructor_id = UnicodeAttribute()


class CardManifest(Item):
    """`COURSE#c / CARDS`: the keys ("pk sk", in `places`) under which this course is listed, so that the next refresh
    deletes those that no longer apply. Each refresh claims the next `revision` and writes only while that is the
    newest. `rating` and `rating_count` are the values on the cards."""

    KIND: ClassVar[str] = "card_manifest"

    revision = IntAttribute()
    complete = BooleanAttribute()
    digest = UnicodeAttribute()
    places: ListAttribute[str] = ListAttribute(of=UnicodeAttribute)  # type: ignore[arg-type]
    rating = IntAttribute(null=True)
    rating_count = IntAttribute(default=0)
    expires_at = IntAttribute(null=True)
