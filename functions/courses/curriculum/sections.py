"""Sections of a course: create, rename, delete."""

from functions.courses import service
from functions.courses.curriculum import course_outline
from functions.courses.curriculum.curriculum_schemas import SectionIn
from functions.courses.errors import OutlineFull, SectionNotEmpty, SectionNotFound
from shared import clock, ids
from shared.db.courses import curriculum
from shared.db.courses.curriculum import CurriculumOutcome
from shared.db.entities import Course, Lesson, Outline, Section
from shared.db.table import keys
from shared.errors import CourseNotFound
from shared.tokens import Caller


def require_own_section(section_id: str, caller: Caller) -> Section:
    """The section, if the caller owns its course. Raises SectionNotFound (also for another instructor's section),
    StoreUnavailable."""
    course_id = ids.course_id_of(section_id) if ids.SECTION.fullmatch(section_id) else None
    if course_id is not None:
        course, section = curriculum.read_course_and_item(course_id, keys.section(course_id, section_id))
        if course and course.instructor_id == caller.user_id and isinstance(section, Section):
            return section
    raise SectionNotFound


def create_section(new: SectionIn, caller: Caller) -> Section:
    """Appends a section to a course of the caller. Raises CourseNotFound, OutlineFull, StoreUnavailable."""
    course = service.require_own_course(new.course_id, caller)
    section_id = ids.section(course.course_id)
    section = Section.build(
        keys.section(course.course_id, section_id),
        section_id=section_id,
        course_id=course.course_id,
        title=new.title,
        created_at=clock.now(),
    )
    match curriculum.add_section(section):
        case CurriculumOutcome.WRITTEN:
            return section
        case CurriculumOutcome.FULL:
            raise OutlineFull(f"a course has at most {curriculum.MAX_SECTIONS} sections")
        case _:
            raise CourseNotFound


def update_section(section_id: str, title: str) -> tuple[Section, list[Lesson]]:
    """Renames a section; returns it with its lessons. Raises SectionNotFound, CourseNotFound, StoreUnavailable."""
    course_id = course_outline.require_course_id(section_id)
    if curriculum.rename_section(course_id, section_id, title) is not CurriculumOutcome.WRITTEN:
        raise SectionNotFound
    page = course_outline.read_page(course_id)
    if section_id not in page.sections:
        raise SectionNotFound
    return page.sections[section_id], course_outline.lessons_in_section(page, section_id)


def delete_section(section_id: str) -> None:
    """Deletes an empty section.

    Raises SectionNotFound, SectionNotEmpty, CourseNotFound, CourseBusy, StoreUnavailable."""

    def attempt(_: Course, outline: Outline) -> CurriculumOutcome:
        lesson_ids = outline.lessons.as_dict().get(section_id)
        if lesson_ids is None:
            raise SectionNotFound
        if lesson_ids:
            raise SectionNotEmpty
        return curriculum.delete_section(outline, section_id)

    course_id = course_outline.require_course_id(section_id)
    if course_outline.retry_on_outline_change(course_id, attempt) is not CurriculumOutcome.WRITTEN:
        raise SectionNotFound
