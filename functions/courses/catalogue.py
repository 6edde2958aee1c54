"""The public catalogue of courses."""

from functions.courses.catalogue_schemas import CatalogueQuery, CourseCardOut
from functions.courses.prices import price_fields
from functions.courses.schemas import CourseInstructorOut
from shared.db.entities import CatalogueCard
from shared.db.read_models import catalogue
from shared.db.read_models.catalogue import CatalogueFilter
from shared.db.table.store import StartKey
from shared.domain.ratings import average


def list_cards(query: CatalogueQuery, start: StartKey) -> tuple[list[CourseCardOut], StartKey]:
    """A page of cards of published courses that are not hidden, and the key of the next page. A blank `q` is ignored.
    Raises StoreUnavailable."""
    catalogue_filter = CatalogueFilter(
        sort=query.sort,
        q=(query.q or "").strip() or None,
        category=query.category or None,
        level=query.level,
        price=query.price,
        language=query.language or None,
    )
    cards, next_key = catalogue.list_cards(catalogue_filter, query.limit, start)
    return [_present_card(card) for card in cards], next_key


def _present_card(card: CatalogueCard) -> CourseCardOut:
    return CourseCardOut(
        id=card.course_id,
        title=card.title,
        description=card.description,
        category=card.category,
        level=card.level,
        language=card.language,
        **price_fields(card),
        instructor=CourseInstructorOut(id=card.instructor_id, name=card.instructor_name),
        lesson_count=card.lesson_count,
        enrollment_count=card.enrollment_count,
        rating=average(card.rating),
        rating_count=card.rating_count,
        thumbnail_url=card.thumbnail_url,
        published_at=card.published_at,
    )
