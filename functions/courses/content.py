"""What a course teaches: sections, lessons, their order, and who may learn from them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from functions.courses import access, richtext, service
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
from functions.courses.schemas import LessonEditIn, LessonIn, OutlineIn, SectionIn
from shared import clock, ids
from shared.db import content, courses, keys
from shared.db.content import ContentOutcome
from shared.db.courses import CoursePage, Versions
from shared.db.entities import Course, Lesson, LessonBody, Outline, Section
from shared.errors import PreconditionFailed
from shared.gateways import cloudinary
from shared.lifecycle import LessonKind
from shared.tokens import Caller


def require_own_section(section_id: str, caller: Caller) -> Section:
    """Raises SectionNotFound, also for a section of another instructor's course."""
    course_id = ids.course_of(section_id) if ids.SECTION.fullmatch(section_id) else None
    if course_id is not None:
        course, found = content.read_owned(course_id, keys.section(course_id, section_id))
        if course and course.instructor_id == caller.user_id and isinstance(found, Section):
            return found
    raise SectionNotFound


def require_own_lesson(lesson_id: str, caller: Caller) -> Lesson:
    """Raises LessonNotFound, also for a lesson of another instructor's course."""
    course_id = ids.course_of(lesson_id) if ids.LESSON.fullmatch(lesson_id) else None
    if course_id is not None:
        course, found = content.read_owned(course_id, keys.lesson(course_id, lesson_id))
        if course and course.instructor_id == caller.user_id and isinstance(found, Lesson):
            return found
    raise LessonNotFound


def add_section(given: SectionIn, caller: Caller) -> Section:
    """Raises CourseNotFound, OutlineFull."""
    course = service.require_own(given.course_id, caller)
    section_id = ids.section(course.course_id)
    section = Section.under(
        keys.section(course.course_id, section_id),
        section_id=section_id,
        course_id=course.course_id,
        title=given.title,
        created_at=clock.now(),
    )
    match content.add_section(section):
        case ContentOutcome.WRITTEN:
            return section
        case ContentOutcome.FULL:
            raise OutlineFull(f"at most {content.SECTION_LIMIT} sections")
        case _:
            raise CourseNotFound


def rename_section(section_id: str, title: str) -> tuple[Section, list[Lesson]]:
    """The section with its lessons. Raises SectionNotFound."""
    course_id = _course_of(section_id)
    if content.rename_section(course_id, section_id, title) is not ContentOutcome.WRITTEN:
        raise SectionNotFound
    page = _page(course_id)
    if section_id not in page.sections:
        raise SectionNotFound
    return page.sections[section_id], _lessons_of(page, section_id)


def delete_section(section_id: str) -> None:
    """Only an empty one: lessons are moved or deleted first. Raises SectionNotFound, SectionNotEmpty, CourseBusy."""

    def attempt(_: Course, outline: Outline) -> ContentOutcome:
        inside = outline.lessons.as_dict().get(section_id)
        if inside is None:
            raise SectionNotFound
        if inside:
            raise SectionNotEmpty
        return content.delete_section(outline, section_id)

    if _against_outline(_course_of(section_id), attempt) is not ContentOutcome.WRITTEN:
        raise SectionNotFound


def add_lesson(given: LessonIn, caller: Caller) -> Lesson:
    """Raises SectionNotFound, OutlineFull, VideoNotOfCourse."""
    section = require_own_section(given.section_id, caller)
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
    match content.add_lesson(section.section_id, lesson, body):
        case ContentOutcome.WRITTEN:
            return lesson
        case ContentOutcome.FULL:
            raise OutlineFull(f"at most {content.LESSON_LIMIT} lessons")
        case _:
            raise SectionNotFound


def edit_lesson(lesson_id: str, given: LessonEditIn) -> Lesson:
    """Raises LessonNotFound, LessonKindMismatch, VideoNotOfCourse."""
    course_id = _course_of(lesson_id)
    body = _body(course_id, given)
    kind = None
    if body:
        kind = LessonKind.TEXT if "content" in body else LessonKind.VIDEO
    changes = {
        name: value for name, value in given if value is not None and name in ("title", "duration_seconds", "preview")
    }
    match content.edit_lesson(course_id, lesson_id, changes, body, kind, clock.now()):
        case ContentOutcome.OTHER_KIND:
            raise LessonKindMismatch
        case ContentOutcome.NOT_FOUND:
            raise LessonNotFound
    lesson = content.read_lesson(course_id, lesson_id, None).lesson
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
        return content.delete_lesson(outline, section_id, lesson_id)

    match _against_outline(_course_of(lesson_id), attempt):
        case ContentOutcome.LAST_OF_PUBLISHED:
            raise CourseEmpty
        case ContentOutcome.NOT_FOUND:
            raise LessonNotFound


def reorder(course_id: str, given: OutlineIn, expected: Versions | None) -> CoursePage:
    """Puts all sections and lessons into the order given; lessons may change their section. Raises CourseNotFound,
    OutlineChanged (not exactly what the course has), PreconditionFailed, CourseBusy."""
    wanted = {section.id: section.lessons for section in given.sections}
    if len(wanted) != len(given.sections):
        raise OutlineChanged("a section is named twice")

    def attempt(course: Course, outline: Outline) -> ContentOutcome:
        if expected and expected != (course.version, outline.version):
            raise PreconditionFailed
        named = Counter(lesson for lessons in wanted.values() for lesson in lessons)
        if set(wanted) != set(outline.sections) or named != Counter(outline.lesson_ids()):
            raise OutlineChanged
        return content.reorder(outline, wanted)

    _against_outline(course_id, attempt)
    return _page(course_id)


def show_lessons(section_id: str, caller: Caller | None) -> list[Lesson]:
    """The lessons of a section, in order. Raises SectionNotFound, CourseNotFound."""
    if not ids.SECTION.fullmatch(section_id):
        raise SectionNotFound
    page = service.show(_course_of(section_id), caller)
    return _lessons_of(page, section_id)


def learn(course_id: str, lesson_id: str, caller: Caller | None) -> tuple[Lesson, LessonBody]:
    """The lesson and what it teaches, for its learners, its instructor and admins; for anyone when it is a preview of
    a public course. Raises CourseNotFound, LessonNotFound, NotEnrolled."""
    if not ids.COURSE.fullmatch(course_id):
        raise CourseNotFound
    if not ids.LESSON.fullmatch(lesson_id) or ids.course_of(lesson_id) != course_id:
        raise LessonNotFound
    read = content.read_lesson(course_id, lesson_id, caller.user_id if caller else None)
    if read.course is None:
        raise CourseNotFound
    entitled = access.has_charge(read.course, caller) or access.is_learner(read.enrollment)
    if not entitled and not access.is_public(read.course):
        raise CourseNotFound
    if read.lesson is None or read.body is None:
        raise LessonNotFound
    if not entitled and not read.lesson.preview:
        raise NotEnrolled
    return read.lesson, read.body


def _against_outline(course_id: str, attempt: Callable[[Course, Outline], ContentOutcome]) -> ContentOutcome:
    """What `attempt` comes to against the outline as it is now, read anew each time somebody else was quicker."""
    for _ in range(service.RACES):
        found = courses.get_with_outline(course_id)
        if found is None:
            raise CourseNotFound
        outcome = attempt(*found)
        if outcome is not ContentOutcome.STALE:
            return outcome
    raise CourseBusy


def _body(course_id: str, given: LessonIn | LessonEditIn) -> dict[str, Any]:
    """The attributes of the body that were given, the text made safe. Raises VideoNotOfCourse."""
    if given.content is not None:
        return {"content": richtext.sanitised(given.content)}
    if given.video_public_id is None:
        return {}
    if not given.video_public_id.startswith(cloudinary.folder(course_id)):
        raise VideoNotOfCourse
    return {"video_public_id": given.video_public_id}


def _course_of(content_id: str) -> str:
    """The course of an id that a guard has let through."""
    course_id = ids.course_of(content_id)
    if course_id is None:
        raise CourseNotFound
    return course_id


def _lessons_of(page: CoursePage, section_id: str) -> list[Lesson]:
    inside = page.outline.lessons.as_dict().get(section_id)
    if inside is None:
        raise SectionNotFound
    return [page.lessons[each] for each in inside if each in page.lessons]


def _page(course_id: str) -> CoursePage:
    page = courses.read(course_id)
    if page is None:
        raise CourseNotFound
    return page
