"""Each mutant gets every test once, the likeliest first."""

import pytest

from tests.mutation_batches import batches, in_order


def test_in_order_puts_detectors_first_the_latest_before_earlier_ones() -> None:
    assert in_order(["a", "b", "c", "d"], "f", ["b", "d"]) == ["d", "b", "a", "c"]


def test_in_order_detector_that_detected_twice_runs_once() -> None:
    assert in_order(["a", "b", "c"], "f", ["c", "b", "c"]) == ["c", "b", "a"]


def test_in_order_detector_that_was_deleted_is_left_out() -> None:
    assert in_order(["a", "b"], "f", ["deleted", "b"]) == ["b", "a"]


def test_in_order_tests_with_more_words_of_the_function_come_before_the_others() -> None:
    tests = ["protocol/test_a.py::test_fast", "unit/test_grants.py::test_revoke", "unit/test_b.py::test_grant_twice"]
    ordered = in_order(tests, "functions.enrollments.grants.x_grant", [])
    assert ordered == [tests[1], tests[2], tests[0]]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (1, [1]), (8, [8]), (9, [8, 1]), (56, [8, 48]), (57, [8, 48, 1]), (400, [8, 48, 288, 56])],
)
def test_batches_grow_sixfold_and_contain_each_test_once(count: int, sizes: list[int]) -> None:
    tests = [str(number) for number in range(count)]
    found = batches(tests)
    assert [len(batch) for batch in found] == sizes
    assert [test for batch in found for test in batch] == tests
