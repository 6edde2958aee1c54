"""The order in which the tests of a mutant run, and their batches (see mutation_run)."""

import re
from collections.abc import Sequence
from typing import Final

_FIRST_BATCH: Final = 8
_GROWTH: Final = 6
"""Each batch has this many times the tests of the one before."""


def in_order(tests: Sequence[str], function: str, detectors: Sequence[str]) -> list[str]:
    """The tests of a mutated `function`: first those that detected another mutant of it, the latest before earlier
    ones; then those whose names share the most words with its name; otherwise in the order of `tests`."""
    words = _words(function)
    by_name = sorted(tests, key=lambda test: -len(words & _words(test)))
    return list(dict.fromkeys([*(test for test in reversed(detectors) if test in tests), *by_name]))


def _words(name: str) -> set[str]:
    """The words of a name, without the s of a plural."""
    return {word.removesuffix("s") for word in re.findall("[a-z]+", name.lower())}


def batches(tests: Sequence[str]) -> list[Sequence[str]]:
    """The tests in batches that grow."""
    start, size, found = 0, _FIRST_BATCH, list[Sequence[str]]()
    while start < len(tests):
        found.append(tests[start : start + size])
        start, size = start + size, size * _GROWTH
    return found
