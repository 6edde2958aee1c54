"""How far a learner is: exact, and never 100 before all of it is done."""

from collections.abc import Collection, Sequence
from typing import NamedTuple


class ProgressSummary(NamedTuple):
    """`percent` is whole: rounded down, so 199 of 200 lessons are 99; a course without lessons is at 0."""

    completed_lessons: int
    total_lessons: int
    percent: int

    @property
    def complete(self) -> bool:
        """Whether every lesson there is now is done, and there is one."""
        return 0 < self.total_lessons == self.completed_lessons


def summarize_progress(completed: Collection[str], lesson_ids: Sequence[str]) -> ProgressSummary:
    """`completed` are the ids that were ticked, `lesson_ids` those the outline holds now: a deleted lesson counts no
    more."""
    done = len(set(completed).intersection(lesson_ids))
    total = len(set(lesson_ids))
    return ProgressSummary(done, total, done * 100 // total if total else 0)


def next_lesson(completed: Collection[str], lesson_ids: Sequence[str]) -> str | None:
    """The first lesson, in the order they are taught, that is not done; None when all are."""
    return next((lesson for lesson in lesson_ids if lesson not in completed), None)
