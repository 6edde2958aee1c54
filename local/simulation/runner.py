"""Many histories on several processors, and every planted bug until it is found."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from local.simulation.history import Result, play
from local.simulation.mutants import MUTANTS, planted
from local.simulation.stage import Stage

_CHUNK: Final = 25
BUG_SEEDS: Final = 1_000
"""A planted bug must be found within so many histories."""

_stage: Stage | None = None


@dataclass
class Report:
    """`found` says for each planted bug by which history, None when by none."""

    histories: int = 0
    calls: int = 0
    violations: list[Result] = field(default_factory=list)
    found: dict[str, Result | None] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not self.violations and all(self.found.values())

    def __str__(self) -> str:
        caught = sum(result is not None for result in self.found.values())
        bugs = f", planted bugs found: {caught} of {len(self.found)}" if self.found else ""
        return f"histories: {self.histories}, violations: {len(self.violations)}{bugs}"


@contextmanager
def processes(number: int) -> Iterator[ProcessPoolExecutor]:
    """Workers that have the product on a stage already."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(number, mp_context=context, initializer=_begin) as pool:
        yield pool


def explore(
    seeds: range,
    *,
    bugs: Sequence[str] = tuple(MUTANTS),
    workers: int | None = None,
    progress: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Plays the history of every seed, and looks for each of `bugs` until a history shows it.

    `progress` is told what is known whenever something is."""
    report = Report()
    with processes(workers or min(2, os.cpu_count() or 1)) as pool:
        hunts = {pool.submit(look_for, bug): bug for bug in bugs}
        parts = {pool.submit(_play_all, part) for part in _chunks(seeds)}
        every: list[Future[Any]] = [*hunts, *parts]
        for done in as_completed(every):
            if done in hunts:
                report.found[hunts[done]] = done.result()
            else:
                _count(report, done.result())
            progress(report)
    return report


def replay(seed: int) -> Result:
    """One history with its trace."""
    with Stage() as stage:
        return play(stage, seed, keep_trace=True)


def look_for(bug: str) -> Result | None:
    """The first history that shows the bug."""
    with planted(bug):
        for seed in range(BUG_SEEDS):
            result = _play(seed)
            if result.breaches:
                result.trace.clear()
                return result
    return None


def _chunks(seeds: range) -> Iterator[range]:
    for first in range(seeds.start, seeds.stop, _CHUNK):
        yield range(first, min(first + _CHUNK, seeds.stop))


def _count(report: Report, played: list[Result]) -> None:
    report.histories += len(played)
    report.calls += sum(result.calls for result in played)
    report.violations += [result for result in played if result.breaches]


def _play_all(seeds: range) -> list[Result]:
    return [_play(seed) for seed in seeds]


def _play(seed: int) -> Result:
    """Raises RuntimeError with the seed, should the simulation itself stumble."""
    try:
        return play(_on_stage(), seed)
    except Exception as fault:
        raise RuntimeError(f"the history of seed {seed} could not be played: {fault!r}") from fault


def _begin() -> None:
    """Histories leave hardly any cycles behind, so looking for them often is wasted."""
    global _stage
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    _stage = Stage()
    _stage.__enter__()


def _on_stage() -> Stage:
    if _stage is None:
        _begin()
    assert _stage  # noqa: S101 (made above)
    return _stage
