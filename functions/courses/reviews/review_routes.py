"""Routes of reviews."""

from functools import partial
from typing import Any

from functions.courses import presenters
from functions.courses.app import app
from functions.courses.errors import ReviewBusy, ReviewHidden, ReviewNotFound
from functions.courses.reviews import review_service
from functions.courses.reviews.review_schemas import ReviewIn, ReviewModerationIn, ReviewOut, ReviewPage, ReviewsQuery
from shared.db.courses.reviews import ReviewContext
from shared.errors import CourseNotFound, EnrollmentNotFound, Forbidden, NotEnrolled
from shared.http.app import NO_STORE
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access


def _require_learner(request: Request[Any, Any]) -> ReviewContext:
    return review_service.require_learner(request.caller, request.path["course_id"])


@app.route(
    "GET",
    "/api/courses/{course_id}/reviews",
    Access.OPTIONAL,
    query=ReviewsQuery,
    response=ReviewPage,
    errors=(CourseNotFound, Forbidden),
)
def list_reviews(request: Request[None, ReviewsQuery]) -> Response:
    """Reviews of a course, newest first. Admins may list the hidden ones."""
    query, start = request.query, start_key(request)
    reviews, next_key = review_service.list_reviews(
        request.path["course_id"], request.optional_caller, query.limit, start, hidden=query.hidden
    )
    present = presenters.review if query.hidden else presenters.public_review
    my_review = _my_review(request) if start is None else None
    return page_response(
        request, [present(review) for review in reviews], next_key, partial(ReviewPage, my_review=my_review)
    )


def _my_review(request: Request[Any, Any]) -> ReviewOut | None:
    review = review_service.find_my_review(request.optional_caller, request.path["course_id"])
    return presenters.review(review) if review else None


@app.route(
    "PUT",
    "/api/courses/{course_id}/reviews/my",
    Access.STUDENT,
    status=201,
    body=ReviewIn,
    guard=_require_learner,
    response=ReviewOut,
    response_200=ReviewOut,
    errors=(EnrollmentNotFound, NotEnrolled, ReviewBusy),
)
def update_my_review(request: Request[ReviewIn, None]) -> Response:
    """Create (201) or replace (200) your review of a course you have access to: 1 to 5 stars and an optional text."""
    review, created = review_service.save_review(
        request.caller, request.path["course_id"], request.guard_result, request.body
    )
    return Response(presenters.review(review), status=201 if created else 200, headers=NO_STORE)


@app.route(
    "GET",
    "/api/courses/{course_id}/reviews/my",
    Access.STUDENT,
    response=ReviewOut,
    errors=(ReviewNotFound,),
)
def get_my_review(request: Request[None, None]) -> Response:
    """Your review of a course."""
    return Response(
        presenters.review(review_service.get_my_review(request.caller, request.path["course_id"])), headers=NO_STORE
    )


@app.route(
    "DELETE",
    "/api/courses/{course_id}/reviews/my",
    Access.STUDENT,
    status=204,
    errors=(ReviewNotFound, ReviewHidden),
)
def delete_my_review(request: Request[None, None]) -> Response:
    """Delete your review of a course."""
    review_service.delete(request.caller, request.path["course_id"])
    return Response()


@app.route(
    "PATCH",
    "/api/courses/{course_id}/reviews/{review_id}/moderation",
    Access.ADMIN,
    body=ReviewModerationIn,
    response=ReviewOut,
    errors=(CourseNotFound, ReviewNotFound, ReviewBusy),
)
def moderate_review(request: Request[ReviewModerationIn, None]) -> ReviewOut:
    """Hide a review, or restore it, with a reason. The change is audited. The rating excludes hidden reviews."""
    path = request.path
    return presenters.review(
        review_service.moderate(path["course_id"], path["review_id"], request.body, request.caller)
    )
