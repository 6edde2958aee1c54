"""The outline of a course: the order of its sections and of the lessons in each section."""

from collections import Counter
from collections.abc import Callable

from functions.courses.curriculum.curriculum_schemas import OutlineIn
from functions.courses.errors import CourseBusy, OutlineChanged, SectionNotFound
from shared import ids
from shared.db.courses import course_pages, courses, curriculum
from shared.db.courses.course_pages import CoursePage, Versions
from shared.db.courses.curriculum import CurriculumOutcome
from shared.db.entities import Course, Lesson, Outline
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.errors import CourseNotFound, PreconditionFailed


def update_outline(course_id: str, new: OutlineIn, expected: Versions | None) -> CoursePage:
    """Reorders all sections and lessons of a course. A lesson may move to another section. `expected` are the versions
    of `If-Match`, None without one.

    Raises CourseNotFound, OutlineChanged (unless the request lists exactly the sections and lessons of the course),
    PreconditionFailed, CourseBusy, StoreUnavailable."""
    lessons_by_section = {section.id: section.lessons for section in new.sections}
    if len(lessons_by_section) != len(new.sections):
        raise OutlineChanged("a section is listed twice")
    listed_lessons = Counter(lesson_id for lesson_ids in lessons_by_section.values() for lesson_id in lesson_ids)

    def attempt(course: Course, outline: Outline) -> CurriculumOutcome:
        if expected and expected != (course.version, outline.version):
            raise PreconditionFailed
        if set(lessons_by_section) != set(outline.sections) or listed_lessons != Counter(outline.lesson_ids()):
            raise OutlineChanged
        return curriculum.reorder(outline, lessons_by_section)

    retry_on_outline_change(course_id, attempt)
    return read_page(course_id)


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
    """The course id that a section or lesson id contains. Raises CourseNotFound for any other id."""
    course_id = ids.course_id_of(content_id)
    if course_id is None:
        raise CourseNotFound
    return course_id


def lessons_in_section(page: CoursePage, section_id: str) -> list[Lesson]:
    """The lessons of a section, in order. Raises SectionNotFound."""
    lesson_ids = page.outline.lessons.as_dict().get(section_id)
    if lesson_ids is None:
        raise SectionNotFound
    return [page.lessons[lesson_id] for lesson_id in lesson_ids if lesson_id in page.lessons]


def read_page(course_id: str) -> CoursePage:
    """The course with its outline. Raises CourseNotFound, StoreUnavailable."""
    page = course_pages.read(course_id)
    if page is None:
        raise CourseNotFound
    return page
