"""Fill a table step by step and measure the costs at each step."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from os import environ
from unittest.mock import patch

from local.dynamodb.engine import TABLE_DEFINITION, Engine, aws_client
from local.dynamodb.engines import ENGINE_STARTERS
from tests.fixtures import product_environment
from tests.fixtures.settings_caches import clear_settings_caches
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
"""Approximate number of items per learner: those of 15 enrollments and their counters."""


@dataclass(frozen=True)
class Size:
    """`courses` have enrollments, 15 per learner; `published` are further courses of the catalogue without any."""

    learners: int = 20_000
    courses: int = 1_000
    published: int = 19_000

    def scaled(self, share: float) -> "Size":
        courses = max(round(self.courses * share), COURSES_PER_LEARNER)
        return Size(round(self.learners * share), courses, round(self.published * share))

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
        """One sentence for each cost that grows and for each problem of the rush."""
        return [*cost_increases(self.steps[0].costs, self.steps[-1].costs), *rush_problems(self.rush)]


def run_scale(
    engine_name: str, full: Size, shares: Sequence[float], concurrent_learners: int, print_line: PrintLine
) -> ScaleResult:
    """Measure on a new engine. Raises EngineUnavailable."""
    engine = ENGINE_STARTERS[engine_name]()
    try:
        with product_on(engine):
            return grow_and_measure(full, shares, concurrent_learners, print_line)
    finally:
        engine.stop()


@contextmanager
def product_on(engine: Engine) -> Iterator[None]:
    """Inside the block this process is the product, with an empty table in the engine."""
    with closing(aws_client("dynamodb", engine.endpoint)) as dynamodb:
        # Without the unused stream, for which the engine would store every item a second time.
        without_stream = TABLE_DEFINITION | {"StreamSpecification": {"StreamEnabled": False}}
        dynamodb.create_table(TableName=TABLE_NAME, **without_stream)
    table = {"LMS_TABLE_NAME": TABLE_NAME, "LMS_DYNAMODB_ENDPOINT": engine.endpoint}
    account = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    with patch.dict(environ, product_environment.product_environment() | account | table):
        clear_settings_caches()
        yield
    clear_settings_caches()


def grow_and_measure(
    full: Size, shares: Sequence[float], concurrent_learners: int, print_line: PrintLine, samples: int = SAMPLES
) -> ScaleResult:
    """Grow the current table to each share of `full`, and measure the costs for a user of the first step each time."""
    read_models, size, steps, items = ReadModelBuilder(), Size(0, 0, 0), list[Step](), 0
    first: Batch | None = None
    for share in shares:
        target = full.scaled(share)
        added, size = target.minus(size), target
        batch = make_batch(added.learners, added.courses, added.published)
        first = first or batch
        progress = _Progress(print_line, share, added.learners * _ITEMS_PER_LEARNER)
        items += progress.finished(fill(batch, read_models, measured_partitions(), progress))
        steps.append(Step(share, items, measure_costs(first, samples)))
        courses = target.courses + target.published
        print_line(f"{share:.0%}: {target.learners} learners, {courses} courses, {items} items")
        print_line(HEADING)
        for cost in steps[-1].costs:
            print_line(str(cost))
    assert first
    free = next(course for course in first.listed if not course.amount)
    rush = enroll_concurrently(free, concurrent_learners, 32)
    print_line(str(rush))
    return ScaleResult(steps, rush)


class _Progress:
    def __init__(self, print_line: PrintLine, share: float, expected_items: int) -> None:
        self.print_line, self.share, self.expected_items = print_line, share, expected_items
        self.started = self.last_printed = time.monotonic()

    def __call__(self, written: int) -> None:
        now = time.monotonic()
        if now - self.last_printed >= _PROGRESS_SECONDS:
            self.last_printed = now
            self.print_line(
                f"  filling to {self.share:.0%}: {written} items of about {self.expected_items}, "
                f"{written / (now - self.started):.0f} per second"
            )

    def finished(self, written: int) -> int:
        """Print the duration; returns `written`."""
        seconds = time.monotonic() - self.started
        rate = written / seconds
        self.print_line(f"  filled to {self.share:.0%} in {seconds:.0f} s: {written} items, {rate:.0f} per second")
        return written
