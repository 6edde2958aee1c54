"""The share of detected mutants leaves out the survivors that change only a log entry."""

from collections import Counter

import pytest

from tests.mutation_report import detected_share, log_only_survivors, table_row


@pytest.mark.parametrize(
    ("counts", "share"),
    [
        ({}, 1.0),
        ({"log only": 3}, 1.0),
        ({"killed": 19, "survived": 1}, 0.95),
        ({"killed": 18, "timeout": 1, "survived": 1, "log only": 5}, 0.95),
        ({"killed": 3, "no tests": 1}, 0.75),
    ],
)
def test_detected_share_leaves_out_survivors_of_log_entries(counts: dict[str, int], share: float) -> None:
    assert detected_share(Counter(counts)) == share


def test_table_row_counts_log_only_mutants_among_the_survivors() -> None:
    counted = Counter({"killed": 36, "segfault": 2, "survived": 2, "log only": 10})
    assert table_row("`a.py`", counted) == "| `a.py` | 50 | 38 | 12 | 10 | 95.0% |"


def test_log_only_survivors_are_not_those_that_a_test_detected() -> None:
    source = """
def x_f__mutmut_orig():
    logger().info("done")
def x_f__mutmut_1():
    logger().info(None)
def x_f__mutmut_2():
    logger().info("DONE")
"""
    states = {"a.x_f__mutmut_1": "survived", "a.x_f__mutmut_2": "killed"}
    assert log_only_survivors(source, states) == {"a.x_f__mutmut_1"}
