"""What a course is listed as, and under which keys. Pure."""

from itertools import product
from typing import Final

from shared.catalogue import facet, listed, shown_learners, terms, words_of
from shared.db import keys
from shared.db.base import Item
from shared.db.entities import CatalogueCard, Course, CourseListing, InstructorCourse
from shared.db.keys import Key
from shared.ratings import NOTHING, Told

ANY: Final = "*"
NEWEST: Final = "newest"
POPULAR: Final = "popular"
_EXCERPT: Final = 240


def cards(course: Course, lessons: int, learners: int, rating: Told = NOTHING) -> list[CatalogueCard]:
    """The course's card under every key it is listed at; none when nobody may find it. `learners` is exact, `rating`
    what the cards are to tell."""
    if not listed(course):
        return []
    found_by = words_of(course)
    shown = shown_learners(learners)
    published_at = course.published_at or course.created_at
    places = {
        NEWEST: keys.newest_place(published_at, course.course_id),
        POPULAR: keys.popular_place(shown, published_at, course.course_id),
    }
    facets = (facet(course.category), course.level.value, price_facet(course.amount), facet(course.language))
    choices = list(product(*((ANY, each) for each in facets)))
    lists = [(keys.catalogue_facet(sort, *choice), sk) for sort, sk in places.items() for choice in choices]
    lists += [(keys.catalogue_term(sort, term), sk) for sort, sk in places.items() for term in terms(found_by)]
    return [
        CatalogueCard.under(
            Key(pk, sk),
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
            instructor_id=course.instructor_id,
            instructor_name=course.instructor_name,
            lesson_count=lessons,
            enrollment_count=shown,
            rating=rating.hundredths,
            rating_count=rating.number,
            thumbnail_url=course.thumbnail_url,
            published_at=published_at,
            words="".join(f" {word}" for word in found_by),
        )
        for pk, sk in lists
    ]


def price_facet(amount: int) -> str:
    return "paid" if amount else "free"


def _excerpt(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _EXCERPT else flat[:_EXCERPT].rpartition(" ")[0] + "…"


def made_of(course: Course, lessons: int, learners: int, rating: Told) -> list[Item]:
    """Every item that exists because of this course. The instructor's holds counters too: it is updated, not put."""
    hidden = keys.hidden_course_listing(course.updated_at, course.course_id) if course.hidden else None
    return [
        *cards(course, lessons, learners, rating),
        CourseListing.under(
            keys.course_listing(course.created_at, course.course_id),
            course_id=course.course_id,
            instructor_id=course.instructor_id,
            gsi1pk=hidden and hidden.pk,
            gsi1sk=hidden and hidden.sk,
        ),
        InstructorCourse.under(
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
