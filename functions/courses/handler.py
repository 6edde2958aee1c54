"""The courses function: the catalogue, and the route modules of courses, curriculum, media and reviews."""

from typing import Final

from functions.courses import catalogue, course_routes
from functions.courses.app import app
from functions.courses.catalogue_schemas import CataloguePage, CatalogueQuery
from functions.courses.curriculum import curriculum_routes
from functions.courses.media import media_routes
from functions.courses.reviews import review_routes
from shared.errors import CursorInvalid
from shared.http.etag import with_etag
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access

__all__ = ["app", "course_routes", "curriculum_routes", "lambda_handler", "media_routes", "review_routes"]

lambda_handler: Final = app

_CATALOGUE_CACHE_CONTROL: Final = "public, max-age=30, stale-while-revalidate=60"


@app.route(
    "GET",
    "/api/courses",
    Access.ANYONE,
    query=CatalogueQuery,
    response=CataloguePage,
    errors=(CursorInvalid,),
)
def list_courses(request: Request[None, CatalogueQuery]) -> Response:
    """Published courses, searched and filtered, newest or most popular first."""
    cards, next_key = catalogue.list_cards(request.query, start_key(request))
    return with_etag(request, page_response(request, cards, next_key, CataloguePage), _CATALOGUE_CACHE_CONTROL)
