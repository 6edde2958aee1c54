"""Routes of courses."""

from typing import Any, Final

from functions.courses import course_etag, presenters, service
from functions.courses.app import app
from functions.courses.errors import (
    CourseArchived,
    CourseBusy,
    CourseEmpty,
    CourseHasLearners,
    SaleEnded,
    SaleNotBelowPrice,
)
from functions.courses.media import uploads
from functions.courses.schemas import CourseDetailOut, CourseIn, CourseModerationIn, CourseOut, CourseUpdateIn
from shared.db.courses.course_pages import CoursePage
from shared.domain.images import ImageTooManyPixels, ImageTypeUnsupported
from shared.errors import BodyTooLarge, CourseNotFound, CursorInvalid, PreconditionFailed
from shared.gateways.cloudinary import MediaRejected, MediaUnavailable
from shared.http.multipart import REQUEST_LIMIT, MultipartInvalid, extract_file
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import PageOut, PageQuery

_REVALIDATE: Final = {"Cache-Control": "private, no-cache"}
_UPDATE_ERRORS: Final = (CourseNotFound, CourseArchived, CourseEmpty, PreconditionFailed)


def require_course_owner(request: Request[Any, Any]) -> None:
    service.require_own_course(request.path["course_id"], request.caller)


def course_response(request: Request[Any, Any], page: CoursePage, headers: dict[str, str] | None = None) -> Response:
    """The course as the caller may see it, with its entity tag."""
    return Response(
        presenters.course_detail(page, request.optional_caller),
        headers={"ETag": course_etag.course_etag(page), **(headers or {})},
    )


@app.route("POST", "/api/courses", Access.INSTRUCTOR, status=201, body=CourseIn, response=CourseDetailOut, creates=True)
def create_course(request: Request[CourseIn, None]) -> Response:
    """Create a course as a draft, which only its instructor and admins see."""
    page = service.create(request.body, request.caller)
    return course_response(request, page, {"Location": f"/api/courses/{page.course.course_id}"})


@app.route(
    "GET",
    "/api/courses/mine",
    Access.INSTRUCTOR,
    query=PageQuery,
    response=PageOut[CourseOut],
    errors=(CursorInvalid,),
)
def list_my_courses(request: Request[None, PageQuery]) -> Response:
    """Your courses, including drafts, newest first."""
    cards, next_key = service.list_mine(request.caller, request.query.limit, start_key(request))
    return page_response(request, [presenters.course_summary(card) for card in cards], next_key, PageOut[CourseOut])


@app.route("GET", "/api/courses/{course_id}", Access.OPTIONAL, response=CourseDetailOut, errors=(CourseNotFound,))
def get_course(request: Request[None, None]) -> Response:
    """A course with its outline. Only the instructor, admins and learners see a draft or a hidden course."""
    page = service.get_visible(request.path["course_id"], request.optional_caller)
    if course_etag.matches(request.header("if-none-match"), course_etag.course_etag(page)):
        return Response(status=304, headers={"ETag": course_etag.course_etag(page), **_REVALIDATE})
    return course_response(request, page, _REVALIDATE)


@app.route(
    "PUT",
    "/api/courses/{course_id}",
    Access.INSTRUCTOR,
    body=CourseUpdateIn,
    response=CourseDetailOut,
    guard=require_course_owner,
    errors=(*_UPDATE_ERRORS, SaleNotBelowPrice, SaleEnded, CourseBusy),
)
def update_course(request: Request[CourseUpdateIn, None]) -> Response:
    """Edit a course. Omitted fields keep their values. `If-Match` is honoured. A new price applies to new orders.

    `sale` schedules a sale price. A list price that is not above the stored sale price ends that sale."""
    expected = course_etag.parse_if_match(request.header("if-match"))
    return course_response(request, service.update(request.path["course_id"], request.body, request.caller, expected))


@app.route(
    "POST",
    "/api/courses/{course_id}/publish",
    Access.INSTRUCTOR,
    response=CourseDetailOut,
    guard=require_course_owner,
    errors=_UPDATE_ERRORS,
)
def publish_course(request: Request[None, None]) -> Response:
    """Open a course to buyers. It needs at least one lesson. Publishing it again changes nothing."""
    expected = course_etag.parse_if_match(request.header("if-match"))
    return course_response(request, service.publish(request.path["course_id"], request.caller, expected))


@app.route(
    "POST",
    "/api/courses/{course_id}/unpublish",
    Access.INSTRUCTOR,
    response=CourseDetailOut,
    guard=require_course_owner,
    errors=_UPDATE_ERRORS,
)
def unpublish_course(request: Request[None, None]) -> Response:
    """Close a course to new buyers. Its learners keep their access."""
    expected = course_etag.parse_if_match(request.header("if-match"))
    return course_response(request, service.unpublish(request.path["course_id"], request.caller, expected))


@app.route(
    "DELETE",
    "/api/courses/{course_id}",
    Access.INSTRUCTOR,
    status=204,
    guard=require_course_owner,
    errors=(CourseNotFound, CourseHasLearners, CourseBusy),
)
def delete_course(request: Request[None, None]) -> Response:
    """Delete a course that never had an enrollment."""
    service.delete(request.path["course_id"])
    return Response()


@app.route(
    "PUT",
    "/api/courses/{course_id}/thumbnail",
    Access.INSTRUCTOR,
    media_type="multipart/form-data",
    body_limit=REQUEST_LIMIT,
    response=CourseDetailOut,
    guard=require_course_owner,
    errors=(
        CourseNotFound,
        CourseBusy,
        MultipartInvalid,
        BodyTooLarge,
        ImageTypeUnsupported,
        ImageTooManyPixels,
        MediaRejected,
        MediaUnavailable,
    ),
)
def update_course_thumbnail(request: Request[bytes, None]) -> Response:
    """Upload the thumbnail of a course: a JPEG, PNG or WebP of at most 5 MB in the field `file`."""
    image = extract_file(request.header("content-type"), request.body)
    return course_response(request, uploads.set_thumbnail(request.path["course_id"], image))


@app.route(
    "PATCH",
    "/api/courses/{course_id}/moderation",
    Access.ADMIN,
    body=CourseModerationIn,
    response=CourseDetailOut,
    errors=(CourseNotFound, CourseBusy),
)
def moderate_course(request: Request[CourseModerationIn, None]) -> Response:
    """Hide a course from the catalogue, or restore it, with a reason. The change is audited."""
    return course_response(request, service.moderate(request.path["course_id"], request.body, request.caller))
