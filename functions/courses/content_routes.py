"""Routes of what a course teaches. `{id}` is a course's, a section's or a lesson's, as the summary says."""

from typing import Any, Final

from functions.courses import content, etag, lessons, service, views
from functions.courses.application import app
from functions.courses.content_schemas import (
    LessonDetailOut,
    LessonEditIn,
    LessonIn,
    LessonOut,
    OutlineIn,
    SectionEditIn,
    SectionIn,
    SectionOut,
)
from functions.courses.course_routes import owns_course, shown
from functions.courses.errors import (
    CourseBusy,
    CourseEmpty,
    CourseNotFound,
    LessonKindMismatch,
    LessonNotFound,
    NotEnrolled,
    OutlineChanged,
    OutlineFull,
    SectionNotEmpty,
    SectionNotFound,
    VideoNotOfCourse,
)
from functions.courses.schemas import CourseDetailOut
from shared.errors import PreconditionFailed
from shared.http.answer import Answer
from shared.http.app import NO_STORE
from shared.http.request import Request
from shared.http.route import Access
from shared.schemas import PageOut

_LESSON_BODY_LIMIT: Final = 700_000
"""Bytes: 100 kB of text, however JSON escapes it."""


def owns_section(request: Request[Any, Any]) -> None:
    content.require_own_section(request.path["id"], request.caller)


def owns_lesson(request: Request[Any, Any]) -> None:
    lessons.require_own_lesson(request.path["id"], request.caller)


@app.route(
    "PUT",
    "/api/courses/{course_id}/outline",
    Access.INSTRUCTOR,
    body=OutlineIn,
    answer=CourseDetailOut,
    guard=owns_course,
    refusals=(CourseNotFound, OutlineChanged, PreconditionFailed, CourseBusy),
)
def reorder(request: Request[OutlineIn, None]) -> Answer:
    """Put all sections and lessons of a course into a new order, at once. `If-Match` is honoured."""
    expected = etag.expected(request.header("if-match"))
    return shown(request, content.reorder(request.path["course_id"], request.body, expected))


@app.route(
    "POST",
    "/api/sections",
    Access.INSTRUCTOR,
    status=201,
    body=SectionIn,
    answer=SectionOut,
    creates=True,
    refusals=(CourseNotFound, OutlineFull),
)
def add_section(request: Request[SectionIn, None]) -> SectionOut:
    """Add a section at the end of a course."""
    return views.section(content.add_section(request.body, request.caller), [])


@app.route("GET", "/api/sections/{id}", Access.OPTIONAL, answer=PageOut[SectionOut], refusals=(CourseNotFound,))
def list_sections(request: Request[None, None]) -> PageOut[SectionOut]:
    """All sections of the course `id` in order, with their lessons."""
    return PageOut[SectionOut](items=views.sections(service.show(request.path["id"], request.signed_in)))


@app.route(
    "PUT",
    "/api/sections/{id}",
    Access.INSTRUCTOR,
    body=SectionEditIn,
    answer=SectionOut,
    guard=owns_section,
    refusals=(SectionNotFound, CourseNotFound),
)
def rename_section(request: Request[SectionEditIn, None]) -> SectionOut:
    """Rename the section `id`."""
    return views.section(*content.rename_section(request.path["id"], request.body.title))


@app.route(
    "DELETE",
    "/api/sections/{id}",
    Access.INSTRUCTOR,
    status=204,
    guard=owns_section,
    refusals=(SectionNotFound, CourseNotFound, SectionNotEmpty, CourseBusy),
)
def delete_section(request: Request[None, None]) -> Answer:
    """Delete the section `id`, which must be empty."""
    content.delete_section(request.path["id"])
    return Answer()


@app.route(
    "POST",
    "/api/lessons",
    Access.INSTRUCTOR,
    status=201,
    body=LessonIn,
    body_limit=_LESSON_BODY_LIMIT,
    answer=LessonOut,
    creates=True,
    refusals=(SectionNotFound, OutlineFull, VideoNotOfCourse),
)
def add_lesson(request: Request[LessonIn, None]) -> LessonOut:
    """Add a lesson, a text or a video, at the end of a section."""
    return views.lesson(lessons.add_lesson(request.body, request.caller))


@app.route(
    "GET",
    "/api/lessons/{id}",
    Access.OPTIONAL,
    answer=PageOut[LessonOut],
    refusals=(SectionNotFound, CourseNotFound),
)
def list_lessons(request: Request[None, None]) -> PageOut[LessonOut]:
    """All lessons of the section `id` in order, without what they teach."""
    found = lessons.show_lessons(request.path["id"], request.signed_in)
    return PageOut[LessonOut](items=[views.lesson(each) for each in found])


@app.route(
    "PUT",
    "/api/lessons/{id}",
    Access.INSTRUCTOR,
    body=LessonEditIn,
    body_limit=_LESSON_BODY_LIMIT,
    answer=LessonOut,
    guard=owns_lesson,
    refusals=(LessonNotFound, CourseNotFound, LessonKindMismatch, VideoNotOfCourse),
)
def edit_lesson(request: Request[LessonEditIn, None]) -> LessonOut:
    """Change the lesson `id`; what is not given stays."""
    return views.lesson(lessons.edit_lesson(request.path["id"], request.body))


@app.route(
    "DELETE",
    "/api/lessons/{id}",
    Access.INSTRUCTOR,
    status=204,
    guard=owns_lesson,
    refusals=(LessonNotFound, CourseNotFound, CourseEmpty, CourseBusy),
)
def delete_lesson(request: Request[None, None]) -> Answer:
    """Delete the lesson `id`; a published course keeps at least one."""
    lessons.delete_lesson(request.path["id"])
    return Answer()


@app.route(
    "GET",
    "/api/courses/{course_id}/lessons/{lesson_id}",
    Access.OPTIONAL,
    answer=LessonDetailOut,
    refusals=(CourseNotFound, LessonNotFound, NotEnrolled),
)
def learn(request: Request[None, None]) -> Answer:
    """A lesson with its text, or a link to its video that expires: for learners, or anyone when it is a preview."""
    lesson, body = lessons.learn(request.path["course_id"], request.path["lesson_id"], request.signed_in)
    return Answer(views.lesson_detail(lesson, body), headers=NO_STORE)
