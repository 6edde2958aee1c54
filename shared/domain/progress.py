"""The progress of a learner in a course: exact, and 100 percent only when every lesson is completed."""

from collections.abc import Collection, Sequence
from typing import NamedTuple


class ProgressSummary(NamedTuple):
    """`percent` is an integer, rounded down: 199 of 200 lessons are 99. A course without lessons has 0."""

    completed_lessons: int
    total_lessons: int
    percent: int

    @property
    def complete(self) -> bool:
        """Whether the course has lessons and all of them are completed."""
        return 0 < self.total_lessons == self.completed_lessons


def summarize_progress(completed: Collection[str], lesson_ids: Sequence[str]) -> ProgressSummary:
    """`completed` holds ids of completed lessons, `lesson_ids` those of the current outline: a deleted lesson does not
    count."""
    completed_count = len(set(completed).intersection(lesson_ids))
    total = len(set(lesson_ids))
    return ProgressSummary(completed_count, total, completed_count * 100 // total if total else 0)


def next_lesson(completed: Collection[str], lesson_ids: Sequence[str]) -> str | None:
    """The first incomplete lesson in the order of the outline; None when all are completed."""
    return next((lesson for lesson in lesson_ids if lesson not in completed), None)
