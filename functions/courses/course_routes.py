"""Routes of courses themselves."""

from typing import Any, Final

from functions.courses import etag, media, service, views
from functions.courses.application import app
from functions.courses.errors import CourseArchived, CourseBusy, CourseEmpty, CourseHasLearners, CourseNotFound
from functions.courses.schemas import CourseDetailOut, CourseEditIn, CourseIn, CourseOut, ModerationIn
from shared.db.course_pages import CoursePage
from shared.errors import BodyTooLarge, CursorInvalid, PreconditionFailed
from shared.gateways.cloudinary import MediaRefused, MediaUnavailable
from shared.http.answer import Answer
from shared.http.multipart import REQUEST_LIMIT, MultipartInvalid, one_file
from shared.http.paging import page_answer, start_of
from shared.http.request import Request
from shared.http.route import Access
from shared.images import ImageTooManyPixels, ImageTypeUnsupported
from shared.schemas import PageOut, PageQuery

_ASK_EACH_TIME: Final = {"Cache-Control": "private, no-cache"}
_EDIT_REFUSALS: Final = (CourseNotFound, CourseArchived, CourseEmpty, PreconditionFailed)


def owns_course(request: Request[Any, Any]) -> None:
    service.require_own(request.path["course_id"], request.caller)


def shown(request: Request[Any, Any], page: CoursePage, headers: dict[str, str] | None = None) -> Answer:
    """The course as the caller may see it, with its entity tag."""
    return Answer(views.detail(page, request.signed_in), headers={"ETag": etag.tag(page), **(headers or {})})


@app.route("POST", "/api/courses", Access.INSTRUCTOR, status=201, body=CourseIn, answer=CourseDetailOut, creates=True)
def create_course(request: Request[CourseIn, None]) -> Answer:
    """Make a course: a draft that only its instructor sees."""
    page = service.create(request.body, request.caller)
    return shown(request, page, {"Location": f"/api/courses/{page.course.course_id}"})


@app.route(
    "GET",
    "/api/courses/mine",
    Access.INSTRUCTOR,
    query=PageQuery,
    answer=PageOut[CourseOut],
    refusals=(CursorInvalid,),
)
def list_own_courses(request: Request[None, PageQuery]) -> Answer:
    """The instructor's own courses, drafts too, newest first."""
    cards, next_key = service.list_own(request.caller, request.query.limit, start_of(request))
    return page_answer(request, [views.card(each) for each in cards], next_key, PageOut[CourseOut])


@app.route("GET", "/api/courses/{course_id}", Access.OPTIONAL, answer=CourseDetailOut, refusals=(CourseNotFound,))
def show_course(request: Request[None, None]) -> Answer:
    """A course with its outline; a draft or hidden one only for its instructor, admins and its learners."""
    page = service.show(request.path["course_id"], request.signed_in)
    if etag.known(request.header("if-none-match"), etag.tag(page)):
        return Answer(status=304, headers={"ETag": etag.tag(page), **_ASK_EACH_TIME})
    return shown(request, page, _ASK_EACH_TIME)


@app.route(
    "PUT",
    "/api/courses/{course_id}",
    Access.INSTRUCTOR,
    body=CourseEditIn,
    answer=CourseDetailOut,
    guard=owns_course,
    refusals=_EDIT_REFUSALS,
)
def edit_course(request: Request[CourseEditIn, None]) -> Answer:
    """Change a course; what is not given stays. `If-Match` is honoured. A new price is for new orders only."""
    expected = etag.expected(request.header("if-match"))
    return shown(request, service.edit(request.path["course_id"], request.body, request.caller, expected))


@app.route(
    "POST",
    "/api/courses/{course_id}/publish",
    Access.INSTRUCTOR,
    answer=CourseDetailOut,
    guard=owns_course,
    refusals=_EDIT_REFUSALS,
)
def publish_course(request: Request[None, None]) -> Answer:
    """Open a course to buyers; it needs a lesson. Publishing again changes nothing."""
    expected = etag.expected(request.header("if-match"))
    return shown(request, service.publish(request.path["course_id"], request.caller, expected))


@app.route(
    "POST",
    "/api/courses/{course_id}/unpublish",
    Access.INSTRUCTOR,
    answer=CourseDetailOut,
    guard=owns_course,
    refusals=_EDIT_REFUSALS,
)
def unpublish_course(request: Request[None, None]) -> Answer:
    """Close a course to new buyers; its learners keep it."""
    expected = etag.expected(request.header("if-match"))
    return shown(request, service.unpublish(request.path["course_id"], request.caller, expected))


@app.route(
    "DELETE",
    "/api/courses/{course_id}",
    Access.INSTRUCTOR,
    status=204,
    guard=owns_course,
    refusals=(CourseNotFound, CourseHasLearners, CourseBusy),
)
def delete_course(request: Request[None, None]) -> Answer:
    """Delete a course in which nobody ever enrolled."""
    service.delete(request.path["course_id"])
    return Answer()


@app.route(
    "PUT",
    "/api/courses/{course_id}/thumbnail",
    Access.INSTRUCTOR,
    takes="multipart/form-data",
    body_limit=REQUEST_LIMIT,
    answer=CourseDetailOut,
    guard=owns_course,
    refusals=(
        CourseNotFound,
        CourseBusy,
        MultipartInvalid,
        BodyTooLarge,
        ImageTypeUnsupported,
        ImageTooManyPixels,
        MediaRefused,
        MediaUnavailable,
    ),
)
def set_thumbnail(request: Request[bytes, None]) -> Answer:
    """Upload the course's picture, in the field `file`: JPEG, PNG or WebP, at most 5 MB."""
    image = one_file(request.header("content-type"), request.body)
    return shown(request, media.set_thumbnail(request.path["course_id"], image))


@app.route(
    "PATCH",
    "/api/courses/{course_id}/moderation",
    Access.ADMIN,
    body=ModerationIn,
    answer=CourseDetailOut,
    refusals=(CourseNotFound, CourseBusy),
)
def moderate_course(request: Request[ModerationIn, None]) -> Answer:
    """Hide a course from the catalogue, or restore it, with a reason. It is recorded who did so."""
    return shown(request, service.moderate(request.path["course_id"], request.body, request.caller))
