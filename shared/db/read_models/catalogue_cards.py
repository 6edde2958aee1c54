"""The items that list a course, and their keys, as pure functions."""

from datetime import datetime
from itertools import chain, product
from typing import Any, Final

from shared.db.entities import CatalogueCard, Course, CourseListing, InstructorCourse
from shared.db.table import keys
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.domain.catalogue_search import MAX_WORDS, displayed_learner_count, facet, word_prefixes, words
from shared.domain.lifecycle import CourseStatus
from shared.domain.prices import Sale
from shared.domain.ratings import NO_RATING, DisplayedRating

ANY: Final = "*"
"""The facet that matches any value."""
NEWEST: Final = "newest"
POPULAR: Final = "popular"
_EXCERPT_LENGTH: Final = 240
"""Letters of the description on a card."""


def is_listed(course: Course | None) -> bool:
    """Whether the public catalogue lists the course."""
    return course is not None and course.status is CourseStatus.PUBLISHED and not course.hidden


def search_words(course: Course) -> list[str]:
    """The words by which a search finds the course: those of its category, instructor and title, at most MAX_WORDS. The
    title comes last, so that the limit cuts off the end of a long title."""
    all_words = chain(words(course.category), words(course.instructor_name), words(course.title))
    return list(dict.fromkeys(all_words))[:MAX_WORDS]


def build_cards(
    course: Course, lessons: int, learners: int, rating: DisplayedRating = NO_RATING
) -> list[CatalogueCard]:
    """One card for each list that contains the course; none if the catalogue does not list it. `learners` is the exact
    number, `rating` the rating that the cards display."""
    if not is_listed(course):
        return []
    card_words = search_words(course)
    learner_count = displayed_learner_count(learners)
    published_at = course.published_at or course.created_at
    return [
        CatalogueCard.build(
            key,
            course_id=course.course_id,
            title=course.title,
            description=_excerpt(course.description),
            category=course.category,
            facet_category=facet(course.category),
            level=course.level,
            language=course.language,
            facet_language=facet(course.language),
            amount=course.amount,
            currency=course.currency,
            **sale_attributes(course.sale),
            instructor_id=course.instructor_id,
            instructor_name=course.instructor_name,
            lesson_count=lessons,
            enrollment_count=learner_count,
            rating=rating.hundredths,
            rating_count=rating.number,
            thumbnail_url=course.thumbnail_url,
            published_at=published_at,
            words="".join(f" {word}" for word in card_words),
        )
        for key in _card_keys(course, card_words, learner_count, published_at)
    ]


def _card_keys(course: Course, card_words: list[str], learner_count: int, published_at: datetime) -> list[Key]:
    """The key of each card: every combination of filters and every prefix of a search word, in both orders."""
    sort_keys = {
        NEWEST: keys.newest_sort_key(published_at, course.course_id),
        POPULAR: keys.popular_sort_key(learner_count, published_at, course.course_id),
    }
    facets = (facet(course.category), course.level.value, price_facet(course.amount), facet(course.language))
    combinations = list(product(*((ANY, value) for value in facets)))
    prefixes = word_prefixes(card_words)
    by_facets = [
        Key(keys.catalogue_facet(sort, *combination), sort_key)
        for sort, sort_key in sort_keys.items()
        for combination in combinations
    ]
    by_prefix = [
        Key(keys.catalogue_term(sort, prefix), sort_key) for sort, sort_key in sort_keys.items() for prefix in prefixes
    ]
    return by_facets + by_prefix


def sale_attributes(sale: Sale | None) -> dict[str, Any]:
    return {"sale_amount": sale.amount, "sale_from": sale.starts_at, "sale_until": sale.until} if sale else {}


def price_facet(amount: int) -> str:
    """ "free" or "paid"."""
    return "paid" if amount else "free"


def _excerpt(text: str) -> str:
    """The text on one line, cut at a space."""
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT_LENGTH else line[:_EXCERPT_LENGTH].rpartition(" ")[0] + "…"


def build_derived_items(course: Course, lessons: int, learners: int, rating: DisplayedRating) -> list[Item]:
    """Every read-model item that is derived from the course. InstructorCourse also holds counters, so it is updated,
    not put."""
    hidden = keys.hidden_course_listing(course.updated_at, course.course_id) if course.hidden else None
    return [
        *build_cards(course, lessons, learners, rating),
        CourseListing.build(
            keys.course_listing(course.created_at, course.course_id),
            course_id=course.course_id,
            instructor_id=course.instructor_id,
            gsi1pk=hidden and hidden.pk,
            gsi1sk=hidden and hidden.sk,
        ),
        InstructorCourse.build(
            keys.instructor_course(course.instructor_id, course.course_id),
            course_id=course.course_id,
            instructor_id=course.instructor_id,
            instructor_name=course.instructor_name,
            title=course.title,
            status=course.status,
            hidden=course.hidden,
            closed=course.closed,
            moderation_reason=course.moderation_reason,
            amount=course.amount,
            currency=course.currency,
            created_at=course.created_at,
            published_at=course.published_at,
        ),
    ]
