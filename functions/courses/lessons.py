"""What lessons teach, and who may learn from them."""

from typing import Any

from functions.courses import access, content, richtext, service
from functions.courses.content_schemas import LessonEditIn, LessonIn
from functions.courses.errors import (
    CourseEmpty,
    CourseNotFound,
    LessonKindMismatch,
    LessonNotFound,
    NotEnrolled,
    OutlineFull,
    SectionNotFound,
    VideoNotOfCourse,
)
from shared import clock, ids
from shared.db import content as stored
from shared.db import keys
from shared.db.content import ContentOutcome
from shared.db.entities import Course, Lesson, LessonBody, Outline
from shared.gateways import cloudinary
from shared.lifecycle import LessonKind
from shared.tokens import Caller


def require_own_lesson(lesson_id: str, caller: Caller) -> Lesson:
    """Raises LessonNotFound, also for a lesson of another instructor's course."""
    course_id = ids.course_of(lesson_id) if ids.LESSON.fullmatch(lesson_id) else None
    if course_id is not None:
        course, found = stored.read_owned(course_id, keys.lesson(course_id, lesson_id))
        if course and course.instructor_id == caller.user_id and isinstance(found, Lesson):
            return found
    raise LessonNotFound


def add_lesson(given: LessonIn, caller: Caller) -> Lesson:
    """Raises SectionNotFound, OutlineFull, VideoNotOfCourse."""
    section = content.require_own_section(given.section_id, caller)
    course_id, now = section.course_id, clock.now()
    lesson_id = ids.lesson(course_id)
    lesson = Lesson.under(
        keys.lesson(course_id, lesson_id),
        lesson_id=lesson_id,
        course_id=course_id,
        title=given.title,
        lesson_kind=given.kind,
        duration_seconds=given.duration_seconds,
        preview=given.preview,
        created_at=now,
        updated_at=now,
    )
    body = LessonBody.under(keys.lesson_body(course_id, lesson_id), lesson_id=lesson_id, **_body(course_id, given))
    match stored.add_lesson(section.section_id, lesson, body):
        case ContentOutcome.WRITTEN:
            return lesson
        case ContentOutcome.FULL:
            raise OutlineFull(f"at most {stored.LESSON_LIMIT} lessons")
        case _:
            raise SectionNotFound


def edit_lesson(lesson_id: str, given: LessonEditIn) -> Lesson:
    """Raises LessonNotFound, LessonKindMismatch, VideoNotOfCourse."""
    course_id = content.course_of(lesson_id)
    body = _body(course_id, given)
    kind = None
    if body:
        kind = LessonKind.TEXT if "content" in body else LessonKind.VIDEO
    changes = {
        name: value for name, value in given if value is not None and name in ("title", "duration_seconds", "preview")
    }
    match stored.edit_lesson(course_id, lesson_id, changes, body, kind, clock.now()):
        case ContentOutcome.OTHER_KIND:
            raise LessonKindMismatch
        case ContentOutcome.NOT_FOUND:
            raise LessonNotFound
    lesson = stored.read_lesson(course_id, lesson_id, None).lesson
    if lesson is None:
        raise LessonNotFound
    return lesson


def delete_lesson(lesson_id: str) -> None:
    """Raises LessonNotFound, CourseEmpty (the last one of a published course), CourseBusy."""

    def attempt(_: Course, outline: Outline) -> ContentOutcome:
        inside = outline.lessons.as_dict()
        section_id = next((section for section, lessons in inside.items() if lesson_id in lessons), None)
        if section_id is None:
            raise LessonNotFound
        return stored.delete_lesson(outline, section_id, lesson_id)

    match content.against_outline(content.course_of(lesson_id), attempt):
        case ContentOutcome.LAST_OF_PUBLISHED:
            raise CourseEmpty
        case ContentOutcome.NOT_FOUND:
            raise LessonNotFound


def show_lessons(section_id: str, caller: Caller | None) -> list[Lesson]:
    """The lessons of a section, in order. Raises SectionNotFound, CourseNotFound."""
    if not ids.SECTION.fullmatch(section_id):
        raise SectionNotFound
    page = service.show(content.course_of(section_id), caller)
    return content.lessons_of(page, section_id)


def learn(course_id: str, lesson_id: str, caller: Caller | None) -> tuple[Lesson, LessonBody]:
    """The lesson and what it teaches, for its learners, its instructor and admins; for anyone when it is a preview of
    a public course. Raises CourseNotFound, LessonNotFound, NotEnrolled."""
    if not ids.COURSE.fullmatch(course_id):
        raise CourseNotFound
    if not ids.LESSON.fullmatch(lesson_id) or ids.course_of(lesson_id) != course_id:
        raise LessonNotFound
    read = stored.read_lesson(course_id, lesson_id, caller.user_id if caller else None)
    if read.course is None:
        raise CourseNotFound
    entitled = access.has_charge(read.course, caller) or access.is_learner(read.course, read.enrollment)
    if not entitled and not access.is_public(read.course):
        raise CourseNotFound
    if read.lesson is None or read.body is None:
        raise LessonNotFound
    if not entitled and not read.lesson.preview:
        raise NotEnrolled
    return read.lesson, read.body


def _body(course_id: str, given: LessonIn | LessonEditIn) -> dict[str, Any]:
    """The attributes of the body that were given, the text made safe. Raises VideoNotOfCourse."""
    if given.content is not None:
        return {"content": richtext.sanitised(given.content)}
    if given.video_public_id is None:
        return {}
    if not given.video_public_id.startswith(cloudinary.folder(course_id)):
        raise VideoNotOfCourse
    return {"video_public_id": given.video_public_id}
