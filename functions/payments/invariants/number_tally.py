"""I15 and I18 over any number of receipts and notes in constant memory: how many numbers of each block were seen, their
sum, and the sum of their squares.

The three values of a complete block are known. A block that differs has gaps or duplicates, and is what a breach names.
If one or two numbers explain the difference, the breach says that it is probably them: more duplicates and gaps of the
block may add up to the same difference. A block of one number is exact. A difference would be invisible only if at
least three duplicates and three gaps of one block had equal sums and equal sums of squares.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from math import isqrt
from typing import Any, Final, NamedTuple, Self

from functions.payments.invariants.ledger import Breach, NumberSeries
from shared.db.payments.documents.number_series import RECEIPTS

_NUMBER: Final = re.compile(r"([LCD]/\d\d-\d\d)/(\d{6,12})", re.ASCII)
_BLOCKS_PER_YEAR: Final = 200
"""So the first 200 numbers of a series are blocks of one, and ten million are blocks of 50,000."""


class BlockSums(NamedTuple):
    """Of the numbers of a block."""

    number: int = 0
    total: int = 0
    squares: int = 0

    def plus(self, other: Self, sign: int = 1) -> Self:
        return type(self)(*(mine + sign * theirs for mine, theirs in zip(self, other, strict=True)))


class NumberTally:
    """Counts the numbers of `series`, which were read before the documents. Numbers that are assigned later are
    ignored. A series is one of a financial year, by its name, such as `L/26-27`.

    Each document must be added exactly once."""

    def __init__(self, series: Mapping[str, NumberSeries]) -> None:
        self._series = dict(series)
        self._blocks: dict[str, dict[int, BlockSums]] = {name: {} for name in series}

    def add(self, number: str) -> Breach | None:
        """Counts the number of a receipt or note. Returns a breach that the number alone shows."""
        matched = _NUMBER.fullmatch(number)
        if matched is None:
            return Breach("I15", number, "is no receipt number")
        name, position = matched[1], int(matched[2])
        series = self._series.get(name)
        if series is None or position > series.last:
            return None
        if series.is_voided(position):
            return Breach(_invariant(name), number, f"voided, but on a {_document(name)}")
        block, blocks = position // _block_size(series), self._blocks[name]
        blocks[block] = blocks.get(block, BlockSums()).plus(BlockSums(1, position, position**2))
        return None

    def find_breaches(self) -> list[Breach]:
        """The duplicates and gaps, after every receipt was added."""
        return [
            breach
            for name, series in self._series.items()
            for block in range(series.last // _block_size(series) + 1)
            for breach in self._block_breaches(name, series, block)
        ]

    def _block_breaches(self, name: str, series: NumberSeries, block: int) -> Iterator[Breach]:
        size = _block_size(series)
        first, last = max(block * size, 1), min((block + 1) * size - 1, series.last)
        expected = _expected_sums(first, last, series.voided)
        seen = self._blocks[name].get(block, BlockSums())
        if seen == expected:
            return
        found = _solve(seen.plus(expected, -1))
        is_within = found and all(first <= position <= last for position in (*found.extra, *found.missing))
        errors = _errors(name, found) if found and is_within else []
        if size == 1 and errors:
            yield from errors
            return
        probable = [f"{breach.subject} {breach.detail}" for breach in errors]
        explanation = f"probably {' and '.join(probable)}" if probable else "with duplicates or gaps"
        yield Breach(
            _invariant(name),
            f"{_text(name, first)} to {_text(name, last)}",
            f"{expected.number} assigned, but {seen.number} on {_document(name)}s: {explanation}",
        )

    def as_json(self) -> dict[str, Any]:
        """The tally as a JSON object: at most 200 blocks a series, 40 bytes each."""
        return {
            name: {"last": series.last, "voided": series.voided, "blocks": self._blocks[name]}
            for name, series in self._series.items()
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """A tally of versions before the notes has the bare financial years: its numbers are those of receipts."""
        document = {name if "/" in name else f"L/{name}": each for name, each in document.items()}
        tally = cls({name: _series_of(each) for name, each in document.items()})
        for name, each in document.items():
            tally._blocks[name] = {int(block): BlockSums(*sums) for block, sums in each["blocks"].items()}
        return tally


def _series_of(document: Mapping[str, Any]) -> NumberSeries:
    return NumberSeries(document["last"], tuple((first, last) for first, last in document["voided"]))


def _block_size(series: NumberSeries) -> int:
    return max(-(-series.last // _BLOCKS_PER_YEAR), 1)


def _text(name: str, position: int) -> str:
    return f"{name}/{position:06d}"


def _expected_sums(first: int, last: int, voided: Iterable[tuple[int, int]]) -> BlockSums:
    """Of every number from `first` to `last` that is not voided."""
    sums = _range_sums(first, last)
    for start, end in _merged(voided):
        sums = sums.plus(_range_sums(max(start, first), min(end, last)), -1)
    return sums


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges without overlaps."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return merged


def _range_sums(first: int, last: int) -> BlockSums:
    if first > last:
        return BlockSums()
    return _sums_up_to(last).plus(_sums_up_to(first - 1), -1)


def _sums_up_to(n: int) -> BlockSums:
    return BlockSums(n, n * (n + 1) // 2, n * (n + 1) * (2 * n + 1) // 6)


class _Solution(NamedTuple):
    """Numbers that were seen once too often, and numbers that were not seen."""

    extra: tuple[int, ...]
    missing: tuple[int, ...]


def _solve(difference: BlockSums) -> _Solution | None:
    """The one or two numbers, or the one number on several receipts, that explain the difference between the numbers
    seen and those expected."""
    count, total, squares = difference
    if count > 0 or count == -1:
        number = total // count
        if (total, squares) == (count * number, count * number**2):
            return _solution((number,) * abs(count), count)
    if abs(count) == 2:
        numbers = _pair(total * count // 2, squares * count // 2)
        return _solution(numbers, count) if numbers else None
    if count == 0 and total and squares % total == 0:
        extra, missing = (squares // total + total) // 2, (squares // total - total) // 2
        is_exact = (extra - missing, extra**2 - missing**2) == (total, squares)
        return _Solution((extra,), (missing,)) if is_exact else None
    return None


def _errors(name: str, found: _Solution) -> list[Breach]:
    duplicates = {position: 1 + found.extra.count(position) for position in sorted(set(found.extra))}
    errors = [(position, f"assigned {count} times") for position, count in duplicates.items()]
    errors += [(position, f"assigned, but on no {_document(name)}") for position in found.missing]
    return [Breach(_invariant(name), _text(name, position), detail) for position, detail in errors]


def _invariant(name: str) -> str:
    return "I15" if name.startswith(RECEIPTS.prefix) else "I18"


def _document(name: str) -> str:
    return "receipt" if name.startswith(RECEIPTS.prefix) else "note"


def _solution(numbers: tuple[int, ...], count: int) -> _Solution:
    return _Solution(numbers, ()) if count > 0 else _Solution((), numbers)


def _pair(total: int, squares: int) -> tuple[int, int] | None:
    """The two numbers with that sum and sum of squares."""
    discriminant = 2 * squares - total**2
    if discriminant < 0:
        return None
    smaller, larger = (total - isqrt(discriminant)) // 2, (total + isqrt(discriminant)) // 2
    is_exact = (smaller + larger, smaller**2 + larger**2) == (total, squares)
    return (smaller, larger) if is_exact else None
