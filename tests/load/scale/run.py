"""Fills a table step by step, and asks at every step what everything costs."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from os import environ
from unittest.mock import patch

from local.dynamodb.engine import TABLE_DEFINITION as SHAPE
from local.dynamodb.engine import Engine, aws_client
from local.dynamodb.engines import ENGINE_STARTERS
from shared import config
from shared.db.auth import revocations
from shared.db.table import base
from tests.fixtures import product_environment
from tests.load.scale.bulk_write import fill
from tests.load.scale.data_generator import COURSES_PER_LEARNER, Batch, make_batch
from tests.load.scale.hot_course import RushResult, enroll_concurrently
from tests.load.scale.measure import HEADING, SAMPLES, Cost, measure_costs, measured_partitions
from tests.load.scale.read_models import ReadModelBuilder
from tests.load.scale.thresholds import cost_increases, rush_problems

PrintLine = Callable[[str], None]

TABLE_NAME = "scale"
_PROGRESS_SECONDS = 5.0
_ITEMS_PER_LEARNER = 122
"""About so many for each learner: those of 15 courses, and what is counted of them."""


@dataclass(frozen=True)
class Size:
    """`published`: courses in the catalogue that nobody studies, besides `courses`. Each learner studies 15."""

    learners: int = 20_000
    courses: int = 1_000
    published: int = 19_000

    def share(self, of: float) -> "Size":
        return Size(
            round(self.learners * of), max(round(self.courses * of), COURSES_PER_LEARNER), round(self.published * of)
        )

    def minus(self, other: "Size") -> "Size":
        return Size(self.learners - other.learners, self.courses - other.courses, self.published - other.published)


@dataclass(frozen=True)
class Step:
    share: float
    items: int
    costs: list[Cost]


@dataclass(frozen=True)
class ScaleResult:
    steps: list[Step]
    rush: RushResult

    @property
    def problems(self) -> list[str]:
        """What is not flat, and what went wrong in the rush, a sentence each."""
        return [*cost_increases(self.steps[0].costs, self.steps[-1].costs), *rush_problems(self.rush)]


def run_scale(engine_name: str, full: Size, shares: Sequence[float], hurry: int, say: PrintLine) -> ScaleResult:
    """Raises EngineUnusable."""
    engine = ENGINE_STARTERS[engine_name]()
    try:
        with product_on(engine):
            return grow_and_measure(full, shares, hurry, say)
    finally:
        engine.stop()


@contextmanager
def product_on(engine: Engine) -> Iterator[None]:
    """Inside the block this process is the product, with an empty table in the engine."""
    with closing(aws_client("dynamodb", engine.endpoint)) as dynamodb:
        # Nobody reads its stream, and the engine would keep every item a second time for it.
        dynamodb.create_table(TableName=TABLE_NAME, **(SHAPE | {"StreamSpecification": {"StreamEnabled": False}}))
    ours = {"LMS_TABLE_NAME": TABLE_NAME, "LMS_DYNAMODB_ENDPOINT": engine.endpoint}
    account = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    with patch.dict(environ, product_environment.product_environment() | account | ours):
        _clear_settings_caches()
        yield
    _clear_settings_caches()


def grow_and_measure(
    full: Size, shares: Sequence[float], hurry: int, say: PrintLine, times: int = SAMPLES
) -> ScaleResult:
    """In the table there is: grows it to each share of `full`, and measures for somebody who was there first."""
    reading, there, steps, items = ReadModelBuilder(), Size(0, 0, 0), list[Step](), 0
    first: Batch | None = None
    for share in shares:
        wanted = full.share(share)
        more, there = wanted.minus(there), wanted
        made = make_batch(more.learners, more.courses, more.published)
        first = first or made
        progress = _Progress(say, share, more.learners * _ITEMS_PER_LEARNER)
        items += progress.finished(fill(made, reading, measured_partitions(), progress))
        steps.append(Step(share, items, measure_costs(first, times)))
        say(f"{share:.0%}: {wanted.learners} learners, {wanted.courses + wanted.published} courses, {items} items")
        say(HEADING)
        for cost in steps[-1].costs:
            say(str(cost))
    assert first
    free = next(course for course in first.listed if not course.amount)
    hot = enroll_concurrently(free, hurry, 32)
    say(str(hot))
    return ScaleResult(steps, hot)


class _Progress:
    def __init__(self, say: PrintLine, share: float, about: int) -> None:
        self.print_line, self.share, self.expected_items = say, share, about
        self.started = self.last_printed = time.monotonic()

    def __call__(self, written: int) -> None:
        now = time.monotonic()
        if now - self.last_printed >= _PROGRESS_SECONDS:
            self.last_printed = now
            self.print_line(
                f"  filling to {self.share:.0%}: {written} items of about {self.expected_items}, "
                f"{written / (now - self.started):.0f} a second"
            )

    def finished(self, written: int) -> int:
        """Says how long it took; `written` itself."""
        took = time.monotonic() - self.started
        self.print_line(f"  filled to {self.share:.0%} in {took:.0f} s: {written} items, {written / took:.0f} a second")
        return written


def _clear_settings_caches() -> None:
    config.clear_cache()
    base.table.cache_clear()
    revocations.clear_cache()
