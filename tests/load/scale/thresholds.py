"""Whether what was measured is flat, and nobody was lost in the rush."""

from collections.abc import Iterator, Sequence
from typing import Final

from tests.load.scale.hot_course import RushResult
from tests.load.scale.measure import Cost

FULL_UNITS: Final = {"admin dashboard": 30.0}
"""Units of what fills up on the way, when it is full: 20 for the consistent reads of 20 instructors who earned most,
10 for twelve small Queries. At 1 % two instructors earn anything."""
ROUNDING_UNITS: Final = 1.0
"""Units: an item that is a few letters longer may begin another 4 kB."""
SLOWDOWN_FACTOR: Final = 10
"""Times, besides `PAUSE`: a machine that does something else answers a few times slower, a table a hundred times as
large that is read through a hundred times."""
SLOWDOWN_MILLISECONDS: Final = 100.0
"""Milliseconds."""
MAX_RETRY_RATE: Final = 0.05
"""Of the enrollments in the rush."""


def cost_increases(first: Sequence[Cost], last: Sequence[Cost]) -> Iterator[str]:
    """A sentence for each call that costs more at the end than at the beginning, in the same order."""
    for before, after in zip(first, last, strict=True):
        units = max(before.units, FULL_UNITS.get(before.what, 0)) + ROUNDING_UNITS
        milliseconds = before.milliseconds * SLOWDOWN_FACTOR + SLOWDOWN_MILLISECONDS
        if after.roundtrips > before.roundtrips:
            yield f"{after.what}: {after.roundtrips} calls, {before.roundtrips} at the beginning"
        if after.units > units:
            yield f"{after.what}: {after.units:.1f} units, {units:.1f} are allowed"
        if after.milliseconds > milliseconds:
            yield f"{after.what}: {after.milliseconds:.1f} ms, {milliseconds:.1f} are allowed"


def rush_problems(rush: RushResult) -> Iterator[str]:
    """A sentence for everything that must not happen in a hot course."""
    if rush.enrolled != rush.requested:
        yield f"hot course: {rush.enrolled} enrollments are there, not {rush.requested}"
    if rush.rejected:
        yield f"hot course: {rush.rejected} were refused"
    if rush.retries > rush.requested * MAX_RETRY_RATE:
        yield f"hot course: {rush.retries} retries, {rush.requested * MAX_RETRY_RATE:.0f} are allowed"
