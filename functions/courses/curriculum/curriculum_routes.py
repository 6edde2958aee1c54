"""Routes of sections and lessons. The summary of a route states whether `{id}` is a course, a section or a lesson."""

from typing import Any, Final

from functions.courses import course_etag, presenters, service
from functions.courses.app import app
from functions.courses.course_routes import course_response, require_course_owner
from functions.courses.curriculum import course_outline, lessons, sections
from functions.courses.curriculum.curriculum_schemas import (
    LessonDetailOut,
    LessonIn,
    LessonOut,
    LessonUpdateIn,
    OutlineIn,
    SectionIn,
    SectionOut,
    SectionUpdateIn,
)
from functions.courses.errors import (
    CourseBusy,
    CourseEmpty,
    LessonKindMismatch,
    OutlineChanged,
    OutlineFull,
    SectionNotEmpty,
    SectionNotFound,
    VideoNotOfCourse,
)
from functions.courses.schemas import CourseDetailOut
from shared.errors import CourseNotFound, LessonNotFound, NotEnrolled, PreconditionFailed
from shared.http.app import NO_STORE
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import PageOut

_LESSON_BODY_LIMIT: Final = 700_000
"""Bytes: enough for 100 kB of text in any JSON escaping."""


def require_section_owner(request: Request[Any, Any]) -> None:
    sections.require_own_section(request.path["id"], request.caller)


def require_lesson_owner(request: Request[Any, Any]) -> None:
    lessons.require_own_lesson(request.path["id"], request.caller)


@app.route(
    "PUT",
    "/api/courses/{course_id}/outline",
    Access.INSTRUCTOR,
    body=OutlineIn,
    response=CourseDetailOut,
    guard=require_course_owner,
    errors=(CourseNotFound, OutlineChanged, PreconditionFailed, CourseBusy),
)
def update_course_outline(request: Request[OutlineIn, None]) -> Response:
    """Reorder all sections and lessons of a course in one step. `If-Match` is honoured."""
    expected = course_etag.parse_if_match(request.header("if-match"))
    return course_response(request, course_outline.update_outline(request.path["course_id"], request.body, expected))


@app.route(
    "POST",
    "/api/sections",
    Access.INSTRUCTOR,
    status=201,
    body=SectionIn,
    response=SectionOut,
    creates=True,
    errors=(CourseNotFound, OutlineFull),
)
def create_section(request: Request[SectionIn, None]) -> SectionOut:
    """Append a section to a course."""
    return presenters.section(sections.create_section(request.body, request.caller), [])


@app.route("GET", "/api/sections/{id}", Access.OPTIONAL, response=PageOut[SectionOut], errors=(CourseNotFound,))
def list_sections(request: Request[None, None]) -> PageOut[SectionOut]:
    """All sections of the course `id`, in order, with their lessons."""
    return PageOut[SectionOut](
        items=presenters.sections(service.get_visible(request.path["id"], request.optional_caller))
    )


@app.route(
    "PUT",
    "/api/sections/{id}",
    Access.INSTRUCTOR,
    body=SectionUpdateIn,
    response=SectionOut,
    guard=require_section_owner,
    errors=(SectionNotFound, CourseNotFound),
)
def update_section(request: Request[SectionUpdateIn, None]) -> SectionOut:
    """Rename the section `id`."""
    return presenters.section(*sections.update_section(request.path["id"], request.body.title))


@app.route(
    "DELETE",
    "/api/sections/{id}",
    Access.INSTRUCTOR,
    status=204,
    guard=require_section_owner,
    errors=(SectionNotFound, CourseNotFound, SectionNotEmpty, CourseBusy),
)
def delete_section(request: Request[None, None]) -> Response:
    """Delete the section `id`, which must be empty."""
    sections.delete_section(request.path["id"])
    return Response()


@app.route(
    "POST",
    "/api/lessons",
    Access.INSTRUCTOR,
    status=201,
    body=LessonIn,
    body_limit=_LESSON_BODY_LIMIT,
    response=LessonOut,
    creates=True,
    errors=(SectionNotFound, OutlineFull, VideoNotOfCourse),
)
def create_lesson(request: Request[LessonIn, None]) -> LessonOut:
    """Append a text or video lesson to a section."""
    return presenters.lesson(lessons.create_lesson(request.body, request.caller))


@app.route(
    "GET",
    "/api/lessons/{id}",
    Access.OPTIONAL,
    response=PageOut[LessonOut],
    errors=(SectionNotFound, CourseNotFound),
)
def list_lessons(request: Request[None, None]) -> PageOut[LessonOut]:
    """All lessons of the section `id`, in order, without their content."""
    listed = lessons.list_lessons(request.path["id"], request.optional_caller)
    return PageOut[LessonOut](items=[presenters.lesson(lesson) for lesson in listed])


@app.route(
    "PUT",
    "/api/lessons/{id}",
    Access.INSTRUCTOR,
    body=LessonUpdateIn,
    body_limit=_LESSON_BODY_LIMIT,
    response=LessonOut,
    guard=require_lesson_owner,
    errors=(LessonNotFound, CourseNotFound, LessonKindMismatch, VideoNotOfCourse),
)
def update_lesson(request: Request[LessonUpdateIn, None]) -> LessonOut:
    """Edit the lesson `id`. Omitted fields keep their values."""
    return presenters.lesson(lessons.update_lesson(request.path["id"], request.body))


@app.route(
    "DELETE",
    "/api/lessons/{id}",
    Access.INSTRUCTOR,
    status=204,
    guard=require_lesson_owner,
    errors=(LessonNotFound, CourseNotFound, CourseEmpty, CourseBusy),
)
def delete_lesson(request: Request[None, None]) -> Response:
    """Delete the lesson `id`. A published course keeps at least one lesson."""
    lessons.delete_lesson(request.path["id"])
    return Response()


@app.route(
    "GET",
    "/api/courses/{course_id}/lessons/{lesson_id}",
    Access.OPTIONAL,
    response=LessonDetailOut,
    errors=(CourseNotFound, LessonNotFound, NotEnrolled),
)
def get_lesson(request: Request[None, None]) -> Response:
    """A lesson with its text, or an expiring link to its video. Learners may read it; anyone may read a preview."""
    lesson, body = lessons.get_lesson(request.path["course_id"], request.path["lesson_id"], request.optional_caller)
    return Response(presenters.lesson_detail(lesson, body), headers=NO_STORE)
