"""Routes of reviews."""

from functools import partial
from typing import Any

from functions.courses import reviews, views
from functions.courses.application import app
from functions.courses.errors import (
    CourseNotFound,
    EnrollmentNotFound,
    NotALearner,
    ReviewBusy,
    ReviewHidden,
    ReviewNotFound,
)
from functions.courses.review_schemas import ReviewIn, ReviewModerationIn, ReviewOut, ReviewsOut, ReviewsQuery
from shared.db.reviews import Reviewing
from shared.errors import Forbidden
from shared.http.answer import Answer
from shared.http.app import NO_STORE
from shared.http.paging import page_answer, start_of
from shared.http.request import Request
from shared.http.route import Access


def _entitled(request: Request[Any, Any]) -> Reviewing:
    return reviews.entitled(request.caller, request.path["course_id"])


@app.route(
    "GET",
    "/api/courses/{course_id}/reviews",
    Access.OPTIONAL,
    query=ReviewsQuery,
    answer=ReviewsOut,
    refusals=(CourseNotFound, Forbidden),
)
def list_reviews(request: Request[None, ReviewsQuery]) -> Answer:
    """What learners say of a course, newest first; admins may ask for the hidden ones."""
    query, start = request.query, start_of(request)
    found, next_key = reviews.list_of(
        request.path["course_id"], request.signed_in, query.limit, start, hidden=query.hidden
    )
    shown = [views.review(each) if query.hidden else views.public_review(each) for each in found]
    own = reviews.own(request.signed_in, request.path["course_id"]) if start is None else None
    return page_answer(request, shown, next_key, partial(ReviewsOut, own=views.review(own) if own else None))


@app.route(
    "PUT",
    "/api/courses/{course_id}/reviews/my",
    Access.STUDENT,
    body=ReviewIn,
    guard=_entitled,
    answer=ReviewOut,
    refusals=(EnrollmentNotFound, NotALearner, ReviewBusy),
)
def write_review(request: Request[ReviewIn, None]) -> Answer:
    """Rate a course one has access to, from 1 to 5 stars, and say why; the review there was is replaced (201: made)."""
    review, made = reviews.write(request.caller, request.path["course_id"], request.guarded, request.body)
    return Answer(views.review(review), status=201 if made else 200, headers=NO_STORE)


@app.route(
    "GET",
    "/api/courses/{course_id}/reviews/my",
    Access.STUDENT,
    answer=ReviewOut,
    refusals=(ReviewNotFound,),
)
def show_own_review(request: Request[None, None]) -> Answer:
    """One's own review of a course."""
    return Answer(views.review(reviews.mine(request.caller, request.path["course_id"])), headers=NO_STORE)


@app.route(
    "DELETE",
    "/api/courses/{course_id}/reviews/my",
    Access.STUDENT,
    status=204,
    refusals=(ReviewNotFound, ReviewHidden),
)
def delete_review(request: Request[None, None]) -> Answer:
    """Take one's own review back."""
    reviews.delete(request.caller, request.path["course_id"])
    return Answer()


@app.route(
    "PATCH",
    "/api/courses/{course_id}/reviews/{review_id}/moderation",
    Access.ADMIN,
    body=ReviewModerationIn,
    answer=ReviewOut,
    refusals=(CourseNotFound, ReviewNotFound, ReviewBusy),
)
def moderate_review(request: Request[ReviewModerationIn, None]) -> ReviewOut:
    """Hide a review, or restore it, with a reason. It is recorded who did so; hidden ones do not count."""
    path = request.path
    return views.review(reviews.moderate(path["course_id"], path["review_id"], request.body, request.caller))
