"""Thresholds of `make scale`: the cost of a call stays constant, and concurrent enrollments in one course all exist."""

import pytest

from tests.load.scale.hot_course import RushResult
from tests.load.scale.measure import Cost
from tests.load.scale.thresholds import cost_increases, rush_problems

BASELINE = Cost("catalogue, newest", 2, 3.0, 8.0)


def test_cost_check_equal_or_lower_cost_reports_nothing() -> None:
    assert list(cost_increases([BASELINE], [BASELINE])) == []
    assert list(cost_increases([BASELINE], [Cost(BASELINE.what, 1, 2.5, 7.0)])) == []


@pytest.mark.parametrize(
    ("after", "sentences"),
    [
        (Cost(BASELINE.what, 2, 4.0, 180.0), []),
        (Cost(BASELINE.what, 3, 3.0, 8.0), ["catalogue, newest: 3 calls, 2 at the beginning"]),
        (Cost(BASELINE.what, 2, 4.5, 8.0), ["catalogue, newest: 4.5 units, 4.0 are allowed"]),
        (Cost(BASELINE.what, 2, 3.0, 180.1), ["catalogue, newest: 180.1 ms, 180.0 are allowed"]),
        (
            Cost(BASELINE.what, 5, 300.0, 800.0),
            [
                "catalogue, newest: 5 calls, 2 at the beginning",
                "catalogue, newest: 300.0 units, 4.0 are allowed",
                "catalogue, newest: 800.0 ms, 180.0 are allowed",
            ],
        ),
    ],
)
def test_cost_check_growth_above_limits_reports_each_measure(after: Cost, sentences: list[str]) -> None:
    assert list(cost_increases([BASELINE], [after])) == sentences


def test_cost_check_page_filling_up_is_allowed_more_units() -> None:
    before = Cost("admin dashboard", 13, 9.0, 90.0)
    assert list(cost_increases([before], [Cost(before.what, 13, 31.0, 90.0)])) == []
    assert list(cost_increases([before], [Cost(before.what, 13, 31.5, 90.0)])) == [
        "admin dashboard: 31.5 units, 31.0 are allowed"
    ]


def test_cost_check_covers_every_call_and_missing_one_raises_value_error() -> None:
    other, worse = Cost("course page", 1, 2.0, 5.0), Cost("course page", 2, 2.0, 5.0)
    assert list(cost_increases([BASELINE, other], [BASELINE, worse])) == ["course page: 2 calls, 1 at the beginning"]
    with pytest.raises(ValueError, match="shorter"):
        list(cost_increases([BASELINE, other], [BASELINE]))


@pytest.mark.parametrize(
    ("rush", "sentences"),
    [
        (RushResult(requested=5000, rejected=0, enrolled=5000, retries=250, seconds=60), []),
        (RushResult(5000, 0, 5000, 251, 60), ["hot course: 251 retries, 250 are allowed"]),
        (RushResult(5000, 0, 4999, 0, 60), ["hot course: 4999 enrollments are stored, not 5000"]),
        (RushResult(5000, 0, 5001, 0, 60), ["hot course: 5001 enrollments are stored, not 5000"]),
        (
            RushResult(5000, 2, 4998, 0, 60),
            ["hot course: 4998 enrollments are stored, not 5000", "hot course: 2 were rejected"],
        ),
    ],
)
def test_rush_check_wrong_count_errors_or_many_retries_are_reported(rush: RushResult, sentences: list[str]) -> None:
    assert list(rush_problems(rush)) == sentences
