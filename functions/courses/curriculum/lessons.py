"""What lessons teach, and who may learn from them."""

from typing import Any

from functions.courses import markdown, permissions, service
from functions.courses.curriculum import course_outline
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


def require_own_lesson(lesson_id: str, caller: Caller) -> Lesson:
    """Raises LessonNotFound, also for a lesson of another instructor's course."""
    course_id = ids.course_id_of(lesson_id) if ids.LESSON.fullmatch(lesson_id) else None
    if course_id is not None:
        course, found = stored.read_course_and_item(course_id, keys.lesson(course_id, lesson_id))
        if course and course.instructor_id == caller.user_id and isinstance(found, Lesson):
            return found
    raise LessonNotFound


def create_lesson(given: LessonIn, caller: Caller) -> Lesson:
    """Raises SectionNotFound, OutlineFull, VideoNotOfCourse."""
    section = course_outline.require_own_section(given.section_id, caller)
    course_id, now = section.course_id, clock.now()
    lesson_id = ids.lesson(course_id)
    lesson = Lesson.build(
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
    body = LessonBody.build(
        keys.lesson_body(course_id, lesson_id), lesson_id=lesson_id, **_body_attributes(course_id, given)
    )
    match stored.add_lesson(section.section_id, lesson, body):
        case CurriculumOutcome.WRITTEN:
            return lesson
        case CurriculumOutcome.FULL:
            raise OutlineFull(f"at most {stored.MAX_LESSONS} lessons")
        case _:
            raise SectionNotFound


def update_lesson(lesson_id: str, given: LessonUpdateIn) -> Lesson:
    """Raises LessonNotFound, LessonKindMismatch, VideoNotOfCourse."""
    course_id = course_outline.require_course_id(lesson_id)
    body = _body_attributes(course_id, given)
    kind = None
    if body:
        kind = LessonKind.TEXT if "content" in body else LessonKind.VIDEO
    changes = {
        name: value for name, value in given if value is not None and name in ("title", "duration_seconds", "preview")
    }
    match stored.edit_lesson(course_id, lesson_id, changes, body, kind, clock.now()):
        case CurriculumOutcome.WRONG_KIND:
            raise LessonKindMismatch
        case CurriculumOutcome.NOT_FOUND:
            raise LessonNotFound
    lesson = stored.read_lesson(course_id, lesson_id, None).lesson
    if lesson is None:
        raise LessonNotFound
    return lesson


def delete_lesson(lesson_id: str) -> None:
    """Raises LessonNotFound, CourseEmpty (the last one of a published course), CourseBusy."""

    def attempt(_: Course, outline: Outline) -> CurriculumOutcome:
        inside = outline.lessons.as_dict()
        section_id = next((section for section, lessons in inside.items() if lesson_id in lessons), None)
        if section_id is None:
            raise LessonNotFound
        return stored.delete_lesson(outline, section_id, lesson_id)

    match course_outline.retry_on_outline_change(course_outline.require_course_id(lesson_id), attempt):
        case CurriculumOutcome.LAST_PUBLISHED_LESSON:
            raise CourseEmpty
        case CurriculumOutcome.NOT_FOUND:
            raise LessonNotFound


def list_lessons(section_id: str, caller: Caller | None) -> list[Lesson]:
    """The lessons of a section, in order. Raises SectionNotFound, CourseNotFound."""
    if not ids.SECTION.fullmatch(section_id):
        raise SectionNotFound
    page = service.get_visible(course_outline.require_course_id(section_id), caller)
    return course_outline.lessons_in_section(page, section_id)


def get_lesson(course_id: str, lesson_id: str, caller: Caller | None) -> tuple[Lesson, LessonBody]:
    """The lesson and what it teaches, for its learners, its instructor and admins; for anyone when it is a preview of
    a public course. Raises CourseNotFound, LessonNotFound, NotEnrolled."""
    if not ids.COURSE.fullmatch(course_id):
        raise CourseNotFound
    if not ids.LESSON.fullmatch(lesson_id) or ids.course_id_of(lesson_id) != course_id:
        raise LessonNotFound
    read = stored.read_lesson(course_id, lesson_id, caller.user_id if caller else None)
    if read.course is None:
        raise CourseNotFound
    entitled = permissions.is_owner_or_admin(read.course, caller) or permissions.has_learner_access(
        read.course, read.enrollment
    )
    if not entitled and not permissions.is_public(read.course):
        raise CourseNotFound
    if read.lesson is None or read.body is None:
        raise LessonNotFound
    if not entitled and not read.lesson.preview:
        raise NotEnrolled("only learners with access to the course can open this lesson")
    return read.lesson, read.body


def _body_attributes(course_id: str, given: LessonIn | LessonUpdateIn) -> dict[str, Any]:
    """The attributes of the body that were given, the text made safe. Raises VideoNotOfCourse."""
    if given.content is not None:
        return {"content": markdown.sanitize_source(given.content)}
    if given.video_public_id is None:
        return {}
    if not given.video_public_id.startswith(cloudinary.folder(course_id)):
        raise VideoNotOfCourse
    return {"video_public_id": given.video_public_id}
