"""The order in which the tests of a mutant run, and their batches (see mutation_run)."""

from collections.abc import Sequence
from typing import Final

_FIRST_BATCH: Final = 8
_GROWTH: Final = 6
"""Each batch has this many times the tests of the one before."""


def in_order(tests: Sequence[str], detectors: Sequence[str]) -> list[str]:
    """The tests, those that detected another mutant first, the latest before earlier ones."""
    return list(dict.fromkeys([*(test for test in reversed(detectors) if test in tests), *tests]))


def batches(tests: Sequence[str]) -> list[Sequence[str]]:
    """The tests in batches that grow."""
    start, size, found = 0, _FIRST_BATCH, list[Sequence[str]]()
    while start < len(tests):
        found.append(tests[start : start + size])
        start, size = start + size, size * _GROWTH
    return found
