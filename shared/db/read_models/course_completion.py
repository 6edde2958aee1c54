"""The average progress of a course: the current lessons that its learners completed, and the number of its lessons."""

from functools import partial

from shared.db.entities import Course, InstructorCourse, LessonCompletionCounters, Outline
from shared.db.table import keys, store
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.errors import StoreUnavailable


def update_completion(course_id: str) -> None:
    """Stores on the course's InstructorCourse how many lessons its learners completed, and how many it has.

    An older outline or counter never replaces a newer one: when a write fails for that reason, both are read again.
    Raises StoreUnavailable."""
    outline_key, course_key = keys.outline(course_id), keys.course(course_id)
    counters_key = keys.lesson_completion_counters(course_id)

    def attempt() -> None:
        found = store.get_many([outline_key, counters_key, course_key])
        outline, course = store.cast_to(Outline, found.get(outline_key)), store.cast_to(Course, found.get(course_key))
        if outline is None or course is None:
            return
        counters = store.cast_to(LessonCompletionCounters, found.get(counters_key))
        if not _store_completion(course, outline, counters):
            raise WriteConflict

    retry_on_conflict(attempt, partial(StoreUnavailable, "the completions of the course keep changing"))


def _store_completion(course: Course, outline: Outline, counters: LessonCompletionCounters | None) -> bool:
    """False when a newer outline or counter is stored. True also for a course that has no InstructorCourse yet: the
    refresh of a new course creates it and then updates the completion."""
    revision, done = (counters.revision, counters.done) if counters else (0, {})
    lesson_ids = outline.lesson_ids()
    written = store.update(
        InstructorCourse,
        keys.instructor_course(course.instructor_id, course.course_id),
        [
            InstructorCourse.lessons_done.set(sum(done.get(lesson_id, 0) for lesson_id in lesson_ids)),
            InstructorCourse.lesson_count.set(len(lesson_ids)),
            InstructorCourse.studied_outline.set(outline.version),
            InstructorCourse.studied_tally.set(revision),
        ],
        InstructorCourse.pk.exists()
        & (InstructorCourse.studied_outline.does_not_exist() | (InstructorCourse.studied_outline <= outline.version))
        & (InstructorCourse.studied_tally.does_not_exist() | (InstructorCourse.studied_tally <= revision)),
    )
    return written.succeeded or written.item is None
