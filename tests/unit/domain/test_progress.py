"""The progress summary and the next lesson."""

import pytest

from shared.domain.progress import next_lesson, summarize_progress


@pytest.mark.parametrize(
    ("completed", "total", "percent"),
    [(0, 0, 0), (0, 3, 0), (1, 3, 33), (2, 3, 66), (3, 3, 100), (199, 200, 99), (1, 200, 0)],
)
def test_progress_percent_is_rounded_down_and_100_only_when_complete(completed: int, total: int, percent: int) -> None:
    lessons = [f"l{n}" for n in range(total)]
    assert summarize_progress(set(lessons[:completed]), lessons) == (completed, total, percent)
    assert summarize_progress(set(lessons[:completed]), lessons).complete is (total > 0 and completed == total)


def test_progress_deleted_lessons_are_not_counted() -> None:
    assert summarize_progress({"deleted", "a"}, ["a", "b"]) == (1, 2, 50)
    assert summarize_progress({"deleted"}, []) == (0, 0, 0)


def test_next_lesson_partial_progress_returns_first_incomplete_in_order() -> None:
    assert next_lesson({"a", "c"}, ["a", "b", "c", "d"]) == "b"
    assert next_lesson({"a", "b"}, ["a", "b"]) is None
    assert next_lesson(set(), []) is None
