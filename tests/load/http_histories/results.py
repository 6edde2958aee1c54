"""The results of a batch, and which of its histories failed."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

WHOLE_BATCH: Final = -1
"""The number under which problems of the whole batch are kept."""


@dataclass
class BatchResult:
    """`problems` and `logs` by the number of the history."""

    problems: dict[int, list[str]] = field(default_factory=dict)
    logs: dict[int, list[str]] = field(default_factory=dict)
    played: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    answers: int = 0
    healed: list[str] = field(default_factory=list)


def failed_histories(results: Sequence[BatchResult]) -> set[int]:
    """The histories with a problem, also those that a problem of their batch is about; WHOLE_BATCH for any other
    problem."""
    failed: set[int] = set()
    for result in results:
        for number, problems in result.problems.items():
            for problem in problems:
                failed |= {number} if number >= 0 else mentioned_histories(result, problem) or {WHOLE_BATCH}
    return failed


def mentioned_histories(result: BatchResult, problem: str) -> set[int]:
    """The histories whose logs contain an order or a payment that the problem names."""
    ids = set(re.findall(r"(?:order|pay|rfnd|disp)_[A-Za-z0-9]{14}|crs_[0-9A-Z]{26}", problem))
    return {number for number, log in result.logs.items() for line in log if any(each in line for each in ids)}
