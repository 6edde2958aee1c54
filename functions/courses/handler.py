"""Routes of courses, their content and their media."""

from typing import Final

from functions.courses import catalogue, content_routes, course_routes, media_routes, review_routes
from functions.courses.application import app
from functions.courses.catalogue_schemas import CataloguePageOut, CatalogueQuery
from shared.errors import CursorInvalid
from shared.http.answer import Answer
from shared.http.caching import cacheable
from shared.http.paging import page_answer, start_of
from shared.http.request import Request
from shared.http.route import Access

__all__ = ["app", "content_routes", "course_routes", "lambda_handler", "media_routes", "review_routes"]

lambda_handler: Final = app

_BRIEFLY: Final = "public, max-age=30, stale-while-revalidate=60"


@app.route(
    "GET",
    "/api/courses",
    Access.ANYONE,
    query=CatalogueQuery,
    answer=CataloguePageOut,
    refusals=(CursorInvalid,),
)
def browse(request: Request[None, CatalogueQuery]) -> Answer:
    """Published courses: search, filter, newest or most popular first."""
    cards, next_key = catalogue.page(request.query, start_of(request))
    return cacheable(request, page_answer(request, cards, next_key, CataloguePageOut), _BRIEFLY)
