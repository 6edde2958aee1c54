"""What a course is listed as, and under which keys. Pure."""

from itertools import chain, product
from typing import Final

from shared.db.entities import CatalogueCard, Course, CourseListing, InstructorCourse
from shared.db.table import keys
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.domain.catalogue_search import MAX_WORDS, displayed_learner_count, facet, word_prefixes, words
from shared.domain.lifecycle import CourseStatus
from shared.domain.ratings import NO_RATING, DisplayedRating

ANY: Final = "*"
NEWEST: Final = "newest"
POPULAR: Final = "popular"
_EXCERPT_LENGTH: Final = 240


def is_listed(course: Course | None) -> bool:
    """Whether the public catalogue lists the course."""
    return course is not None and course.status is CourseStatus.PUBLISHED and not course.hidden


def search_words(course: Course) -> list[str]:
    """The words that find the course: of category, instructor and title. The title comes last, so that the end of a
    long title is cut off at MAX_WORDS."""
    found_by = chain(words(course.category), words(course.instructor_name), words(course.title))
    return list(dict.fromkeys(found_by))[:MAX_WORDS]


def build_cards(
    course: Course, lessons: int, learners: int, rating: DisplayedRating = NO_RATING
) -> list[CatalogueCard]:
    """The course's card under every key it is listed at; none when nobody may find it. `learners` is exact, `rating`
    what the cards are to tell."""
    if not is_listed(course):
        return []
    found_by = search_words(course)
    shown = displayed_learner_count(learners)
    published_at = course.published_at or course.created_at
    places = {
        NEWEST: keys.newest_sort_key(published_at, course.course_id),
        POPULAR: keys.popular_sort_key(shown, published_at, course.course_id),
    }
    facets = (facet(course.category), course.level.value, price_facet(course.amount), facet(course.language))
    choices = list(product(*((ANY, each) for each in facets)))
    lists = [(keys.catalogue_facet(sort, *choice), sk) for sort, sk in places.items() for choice in choices]
    lists += [(keys.catalogue_term(sort, term), sk) for sort, sk in places.items() for term in word_prefixes(found_by)]
    return [
        CatalogueCard.build(
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
    return flat if len(flat) <= _EXCERPT_LENGTH else flat[:_EXCERPT_LENGTH].rpartition(" ")[0] + "…"


def build_derived_items(course: Course, lessons: int, learners: int, rating: DisplayedRating) -> list[Item]:
    """Every item that exists because of this course. The instructor's holds counters too: it is updated, not put."""
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
