"""The percent rule."""

import pytest

from shared.domain.progress import next_lesson, summarize_progress


@pytest.mark.parametrize(
    ("done", "total", "percent"),
    [(0, 0, 0), (0, 3, 0), (1, 3, 33), (2, 3, 66), (3, 3, 100), (199, 200, 99), (1, 200, 0)],
)
def test_progress_percent_is_rounded_down_and_100_only_when_complete(done: int, total: int, percent: int) -> None:
    lessons = [f"l{n}" for n in range(total)]
    assert summarize_progress(set(lessons[:done]), lessons) == (done, total, percent)
    assert summarize_progress(set(lessons[:done]), lessons).complete is (total > 0 and done == total)


def test_progress_deleted_lessons_are_not_counted() -> None:
    assert summarize_progress({"gone", "a"}, ["a", "b"]) == (1, 2, 50)
    assert summarize_progress({"gone"}, []) == (0, 0, 0)


def test_next_lesson_partial_progress_returns_first_incomplete_in_order() -> None:
    assert next_lesson({"a", "c"}, ["a", "b", "c", "d"]) == "b"
    assert next_lesson({"a", "b"}, ["a", "b"]) is None
    assert next_lesson(set(), []) is None
