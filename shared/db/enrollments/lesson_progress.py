"""Writes of a learner's progress in a course."""

from datetime import datetime
from typing import Any

from pynamodb.expressions.operand import Path

from shared.db.entities import Progress
from shared.db.table import keys, store


def record_lesson_progress(
    user_id: str, course_id: str, lesson_id: str, *, completed: bool | None, position: int | None, now: datetime
) -> Progress | None:
    """Marks a lesson as completed or not, and stores the position of its video (seconds); None leaves a part unchanged.

    One UpdateItem, safe to repeat. Returns the progress as stored, with the changes of the learner's other devices;
    None if the learner has no progress item. Raises StoreUnavailable."""
    actions: list[Any] = [Progress.last_lesson_id.set(lesson_id), Progress.last_studied_at.set(now)]
    if completed is True:
        actions.append(Progress.completed.add({lesson_id}))
    if completed is False:
        actions.append(Progress.completed.delete({lesson_id}))
    if position is not None:
        actions.append(Path(["positions", lesson_id]).set(position))
    return store.update(Progress, keys.progress(user_id, course_id), actions, Progress.pk.exists()).item
