"""The thresholds: costs must be constant, and a rush must lose no enrollment."""

from collections.abc import Iterator, Sequence
from typing import Final

from tests.load.scale.hot_course import RushResult
from tests.load.scale.measure import Cost

FULL_UNITS: Final = {"admin dashboard": 30.0}
"""Capacity units of pages that are not full at the first step: 20 for consistent reads of the 20 top-earning
instructors, 10 for twelve small queries. At 1 % only two instructors have revenue."""
ROUNDING_UNITS: Final = 1.0
"""Capacity units: an item that is a few characters longer may need another 4 kB."""
SLOWDOWN_FACTOR: Final = 10
"""Allowed factor, in addition to SLOWDOWN_MILLISECONDS: a busy machine is a few times slower, but a scan of a table a
hundred times as large takes a hundred times as long."""
SLOWDOWN_MILLISECONDS: Final = 100.0
"""Allowed increase in milliseconds."""
MAX_RETRY_RATE: Final = 0.05
"""Retries per enrollment of the rush."""


def cost_increases(first: Sequence[Cost], last: Sequence[Cost]) -> Iterator[str]:
    """One sentence for each page whose cost at the last step exceeds that at the first, in order."""
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
    """One sentence for each problem of a rush."""
    if rush.enrolled != rush.requested:
        yield f"hot course: {rush.enrolled} enrollments are stored, not {rush.requested}"
    if rush.rejected:
        yield f"hot course: {rush.rejected} were rejected"
    if rush.retries > rush.requested * MAX_RETRY_RATE:
        yield f"hot course: {rush.retries} retries, {rush.requested * MAX_RETRY_RATE:.0f} are allowed"
