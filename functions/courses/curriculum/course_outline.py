"""Sections, and the order of everything a course teaches."""

from collections import Counter
from collections.abc import Callable

from functions.courses import service
from functions.courses.curriculum.curriculum_schemas import OutlineIn, SectionIn
from functions.courses.errors import CourseBusy, OutlineChanged, OutlineFull, SectionNotEmpty, SectionNotFound
from shared import clock, ids
from shared.db.courses import course_pages, courses, curriculum
from shared.db.courses.course_pages import CoursePage, Versions
from shared.db.courses.curriculum import CurriculumOutcome
from shared.db.entities import Course, Lesson, Outline, Section
from shared.db.table import keys
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.errors import CourseNotFound, PreconditionFailed
from shared.tokens import Caller


def require_own_section(section_id: str, caller: Caller) -> Section:
    """Raises SectionNotFound, also for a section of another instructor's course."""
    course_id = ids.course_id_of(section_id) if ids.SECTION.fullmatch(section_id) else None
    if course_id is not None:
        course, found = curriculum.read_course_and_item(course_id, keys.section(course_id, section_id))
        if course and course.instructor_id == caller.user_id and isinstance(found, Section):
            return found
    raise SectionNotFound


def create_section(given: SectionIn, caller: Caller) -> Section:
    """Raises CourseNotFound, OutlineFull."""
    course = service.require_own_course(given.course_id, caller)
    section_id = ids.section(course.course_id)
    section = Section.build(
        keys.section(course.course_id, section_id),
        section_id=section_id,
        course_id=course.course_id,
        title=given.title,
        created_at=clock.now(),
    )
    match curriculum.add_section(section):
        case CurriculumOutcome.WRITTEN:
            return section
        case CurriculumOutcome.FULL:
            raise OutlineFull(f"at most {curriculum.MAX_SECTIONS} sections")
        case _:
            raise CourseNotFound


def update_section(section_id: str, title: str) -> tuple[Section, list[Lesson]]:
    """The section with its lessons. Raises SectionNotFound."""
    course_id = require_course_id(section_id)
    if curriculum.rename_section(course_id, section_id, title) is not CurriculumOutcome.WRITTEN:
        raise SectionNotFound
    page = _read_page(course_id)
    if section_id not in page.sections:
        raise SectionNotFound
    return page.sections[section_id], lessons_in_section(page, section_id)


def delete_section(section_id: str) -> None:
    """Only an empty one: lessons are moved or deleted first. Raises SectionNotFound, SectionNotEmpty, CourseBusy."""

    def attempt(_: Course, outline: Outline) -> CurriculumOutcome:
        inside = outline.lessons.as_dict().get(section_id)
        if inside is None:
            raise SectionNotFound
        if inside:
            raise SectionNotEmpty
        return curriculum.delete_section(outline, section_id)

    if retry_on_outline_change(require_course_id(section_id), attempt) is not CurriculumOutcome.WRITTEN:
        raise SectionNotFound


def update_outline(course_id: str, given: OutlineIn, expected: Versions | None) -> CoursePage:
    """Puts all sections and lessons into the order given; lessons may change their section. Raises CourseNotFound,
    OutlineChanged (not exactly what the course has), PreconditionFailed, CourseBusy."""
    wanted = {section.id: section.lessons for section in given.sections}
    if len(wanted) != len(given.sections):
        raise OutlineChanged("a section is named twice")

    def attempt(course: Course, outline: Outline) -> CurriculumOutcome:
        if expected and expected != (course.version, outline.version):
            raise PreconditionFailed
        named = Counter(lesson for lessons in wanted.values() for lesson in lessons)
        if set(wanted) != set(outline.sections) or named != Counter(outline.lesson_ids()):
            raise OutlineChanged
        return curriculum.reorder(outline, wanted)

    retry_on_outline_change(course_id, attempt)
    return _read_page(course_id)


def retry_on_outline_change(
    course_id: str, attempt: Callable[[Course, Outline], CurriculumOutcome]
) -> CurriculumOutcome:
    """The outcome of `attempt` on the current course and outline; both are read again after each STALE. Raises
    CourseNotFound, CourseBusy, StoreUnavailable."""

    def read_and_attempt() -> CurriculumOutcome:
        found = courses.get_with_outline(course_id)
        if found is None:
            raise CourseNotFound
        outcome = attempt(*found)
        if outcome is CurriculumOutcome.STALE:
            raise WriteConflict
        return outcome

    return retry_on_conflict(read_and_attempt, CourseBusy)


def require_course_id(content_id: str) -> str:
    """The course of an id that a guard has let through."""
    course_id = ids.course_id_of(content_id)
    if course_id is None:
        raise CourseNotFound
    return course_id


def lessons_in_section(page: CoursePage, section_id: str) -> list[Lesson]:
    """In order. Raises SectionNotFound."""
    inside = page.outline.lessons.as_dict().get(section_id)
    if inside is None:
        raise SectionNotFound
    return [page.lessons[each] for each in inside if each in page.lessons]


def _read_page(course_id: str) -> CoursePage:
    page = course_pages.read(course_id)
    if page is None:
        raise CourseNotFound
    return page
