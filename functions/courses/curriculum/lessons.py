"""Lessons: create, edit, delete, list, and read with an access check."""

from typing import Any, Final

from functions.courses import markdown, permissions, service
from functions.courses.curriculum import course_outline, sections
from functions.courses.curriculum.curriculum_schemas import LessonIn, LessonUpdateIn
from functions.courses.errors import CourseEmpty, LessonKindMismatch, OutlineFull, SectionNotFound, VideoNotOfCourse
from shared import clock, ids
from shared.db.courses import curriculum as stored
from shared.db.courses.curriculum import CurriculumOutcome
from shared.db.entities import Course, Lesson, LessonBody, Outline
from shared.db.table import keys
from shared.domain.lifecycle import LessonKind
from shared.errors import CourseNotFound, LessonNotFound, NotEnrolled
from shared.gateways import cloudinary
from shared.tokens import Caller

_LESSON_FIELDS: Final = ("title", "duration_seconds", "preview")
"""The fields of an update that the lesson item stores. The others belong to its body."""


def require_own_lesson(lesson_id: str, caller: Caller) -> Lesson:
    """The lesson, if the caller owns its course. Raises LessonNotFound (also for another instructor's lesson),
    StoreUnavailable."""
    course_id = ids.course_id_of(lesson_id) if ids.LESSON.fullmatch(lesson_id) else None
    if course_id is not None:
        course, lesson = stored.read_course_and_item(course_id, keys.lesson(course_id, lesson_id))
        if course and course.instructor_id == caller.user_id and isinstance(lesson, Lesson):
            return lesson
    raise LessonNotFound


def create_lesson(new: LessonIn, caller: Caller) -> Lesson:
    """Appends a lesson to a section of the caller's course.

    Raises SectionNotFound, OutlineFull, VideoNotOfCourse, StoreUnavailable."""
    section = sections.require_own_section(new.section_id, caller)
    course_id, now = section.course_id, clock.now()
    lesson_id = ids.lesson(course_id)
    lesson = Lesson.build(
        keys.lesson(course_id, lesson_id),
        lesson_id=lesson_id,
        course_id=course_id,
        title=new.title,
        lesson_kind=new.kind,
        duration_seconds=new.duration_seconds,
        preview=new.preview,
        created_at=now,
        updated_at=now,
    )
    body = LessonBody.build(
        keys.lesson_body(course_id, lesson_id), lesson_id=lesson_id, **_body_attributes(course_id, new)
    )
    match stored.add_lesson(section.section_id, lesson, body):
        case CurriculumOutcome.WRITTEN:
            return lesson
        case CurriculumOutcome.FULL:
            raise OutlineFull(f"a course has at most {stored.MAX_LESSONS} lessons")
        case _:
            raise SectionNotFound


def update_lesson(lesson_id: str, update: LessonUpdateIn) -> Lesson:
    """Sets the fields of `update` that are not null; returns the updated lesson.

    Raises LessonNotFound, CourseNotFound, LessonKindMismatch, VideoNotOfCourse, StoreUnavailable."""
    course_id = course_outline.require_course_id(lesson_id)
    body = _body_attributes(course_id, update)
    changes = {name: value for name, value in update if value is not None and name in _LESSON_FIELDS}
    match stored.edit_lesson(course_id, lesson_id, changes, body, _kind_of(body), clock.now()):
        case CurriculumOutcome.WRONG_KIND:
            raise LessonKindMismatch
        case CurriculumOutcome.NOT_FOUND:
            raise LessonNotFound
    lesson = stored.read_lesson(course_id, lesson_id, None).lesson
    if lesson is None:
        raise LessonNotFound
    return lesson


def delete_lesson(lesson_id: str) -> None:
    """Deletes a lesson and its body. Raises LessonNotFound, CourseEmpty (for the last lesson of a published course),
    CourseNotFound, CourseBusy, StoreUnavailable."""

    def attempt(_: Course, outline: Outline) -> CurriculumOutcome:
        lessons_by_section = outline.lessons.as_dict().items()
        section_id = next((section for section, lessons in lessons_by_section if lesson_id in lessons), None)
        if section_id is None:
            raise LessonNotFound
        return stored.delete_lesson(outline, section_id, lesson_id)

    match course_outline.retry_on_outline_change(course_outline.require_course_id(lesson_id), attempt):
        case CurriculumOutcome.LAST_PUBLISHED_LESSON:
            raise CourseEmpty
        case CurriculumOutcome.NOT_FOUND:
            raise LessonNotFound


def list_lessons(section_id: str, caller: Caller | None) -> list[Lesson]:
    """The lessons of a section, in order. Raises SectionNotFound, CourseNotFound, StoreUnavailable."""
    if not ids.SECTION.fullmatch(section_id):
        raise SectionNotFound
    page = service.get_visible(course_outline.require_course_id(section_id), caller)
    return course_outline.lessons_in_section(page, section_id)


def get_lesson(course_id: str, lesson_id: str, caller: Caller | None) -> tuple[Lesson, LessonBody]:
    """The lesson with its content. Learners of the course, its instructor and admins may read every lesson; anyone may
    read a preview of a public course.

    Raises CourseNotFound (also if the caller may not know that the course exists), LessonNotFound, NotEnrolled,
    StoreUnavailable."""
    _require_matching_ids(course_id, lesson_id)
    records = stored.read_lesson(course_id, lesson_id, caller.user_id if caller else None)
    course, lesson, body = records.course, records.lesson, records.body
    if course is None:
        raise CourseNotFound
    has_access = permissions.is_owner_or_admin(course, caller)
    has_access = has_access or permissions.has_learner_access(course, records.enrollment)
    if not has_access and not permissions.is_public(course):
        raise CourseNotFound
    if lesson is None or body is None:
        raise LessonNotFound
    if not has_access and not lesson.preview:
        raise NotEnrolled
    return lesson, body


def _require_matching_ids(course_id: str, lesson_id: str) -> None:
    """Raises CourseNotFound for a malformed course id, LessonNotFound unless the lesson id belongs to that course."""
    if not ids.COURSE.fullmatch(course_id):
        raise CourseNotFound
    if not ids.LESSON.fullmatch(lesson_id) or ids.course_id_of(lesson_id) != course_id:
        raise LessonNotFound


def _body_attributes(course_id: str, lesson: LessonIn | LessonUpdateIn) -> dict[str, Any]:
    """The attributes of the lesson body that the request sets, with sanitised text. Raises VideoNotOfCourse."""
    if lesson.content is not None:
        return {"content": markdown.sanitize_source(lesson.content)}
    if lesson.video_public_id is None:
        return {}
    if not lesson.video_public_id.startswith(cloudinary.folder(course_id)):
        raise VideoNotOfCourse
    return {"video_public_id": lesson.video_public_id}


def _kind_of(body: dict[str, Any]) -> LessonKind | None:
    """The kind of lesson that can have these body attributes; None if there are none."""
    if not body:
        return None
    return LessonKind.TEXT if "content" in body else LessonKind.VIDEO
