"""Fills a table step by step, and asks at every step what everything costs."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from os import environ
from unittest.mock import patch

from local.engine import TABLE as SHAPE
from local.engine import Engine, client
from local.engines import STARTED_BY
from local.scale.hot import Rush, rush
from local.scale.judge import not_flat, not_sound
from local.scale.measure import HEADING, TIMES, Cost, costs, lists_asked
from local.scale.people import STUDIES, Batch, batch
from local.scale.read_side import ReadSide
from local.scale.table import fill
from local.simulation import settings
from shared import config
from shared.db import base, revocations

Say = Callable[[str], None]

TABLE = "scale"
_SAY_EVERY = 5.0
_ITEMS = 122
"""About so many for each learner: those of 15 courses, and what is counted of them."""


@dataclass(frozen=True)
class Size:
    """`published`: courses in the catalogue that nobody studies, besides `courses`. Each learner studies 15."""

    learners: int = 20_000
    courses: int = 1_000
    published: int = 19_000

    def share(self, of: float) -> "Size":
        return Size(round(self.learners * of), max(round(self.courses * of), STUDIES), round(self.published * of))

    def without(self, other: "Size") -> "Size":
        return Size(self.learners - other.learners, self.courses - other.courses, self.published - other.published)


@dataclass(frozen=True)
class Step:
    share: float
    items: int
    costs: list[Cost]


@dataclass(frozen=True)
class Result:
    steps: list[Step]
    rush: Rush

    @property
    def wrongs(self) -> list[str]:
        """What is not flat, and what went wrong in the rush, a sentence each."""
        return [*not_flat(self.steps[0].costs, self.steps[-1].costs), *not_sound(self.rush)]


def scale(engine_name: str, full: Size, shares: Sequence[float], hurry: int, say: Say) -> Result:
    """Raises EngineUnusable."""
    engine = STARTED_BY[engine_name]()
    try:
        with product(engine):
            return measured(full, shares, hurry, say)
    finally:
        engine.stop()


@contextmanager
def product(engine: Engine) -> Iterator[None]:
    """Inside the block this process is the product, with an empty table in the engine."""
    with closing(client("dynamodb", engine.endpoint)) as dynamodb:
        # Nobody reads its stream, and the engine would keep every item a second time for it.
        dynamodb.create_table(TableName=TABLE, **(SHAPE | {"StreamSpecification": {"StreamEnabled": False}}))
    ours = {"LMS_TABLE_NAME": TABLE, "LMS_DYNAMODB_ENDPOINT": engine.endpoint}
    account = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    with patch.dict(environ, settings.environment() | account | ours):
        _read_settings_again()
        yield
    _read_settings_again()


def measured(full: Size, shares: Sequence[float], hurry: int, say: Say, times: int = TIMES) -> Result:
    """In the table there is: grows it to each share of `full`, and measures for somebody who was there first."""
    reading, there, steps, items = ReadSide(), Size(0, 0, 0), list[Step](), 0
    first: Batch | None = None
    for share in shares:
        wanted = full.share(share)
        more, there = wanted.without(there), wanted
        made = batch(more.learners, more.courses, more.published)
        first = first or made
        progress = _Progress(say, share, more.learners * _ITEMS)
        items += progress.finished(fill(made, reading, lists_asked(), progress))
        steps.append(Step(share, items, costs(first, times)))
        say(f"{share:.0%}: {wanted.learners} learners, {wanted.courses + wanted.published} courses, {items} items")
        say(HEADING)
        for cost in steps[-1].costs:
            say(str(cost))
    assert first  # noqa: S101 (there is a share)
    free = next(course for course in first.listed if not course.amount)
    hot = rush(free, hurry, 32)
    say(str(hot))
    return Result(steps, hot)


class _Progress:
    def __init__(self, say: Say, share: float, about: int) -> None:
        self.say, self.share, self.about = say, share, about
        self.began = self.spoke = time.monotonic()

    def __call__(self, written: int) -> None:
        now = time.monotonic()
        if now - self.spoke >= _SAY_EVERY:
            self.spoke = now
            self.say(
                f"  filling to {self.share:.0%}: {written} items of about {self.about}, "
                f"{written / (now - self.began):.0f} a second"
            )

    def finished(self, written: int) -> int:
        """Says how long it took; `written` itself."""
        took = time.monotonic() - self.began
        self.say(f"  filled to {self.share:.0%} in {took:.0f} s: {written} items, {written / took:.0f} a second")
        return written


def _read_settings_again() -> None:
    config.forget()
    base.table.cache_clear()
    revocations.forget()
