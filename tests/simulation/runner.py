"""Run many histories in parallel, and each planted bug until a history finds it."""

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.simulation.checks.transitions import ALLOWED_TRANSITIONS
from tests.simulation.history import HistoryResult, run_history
from tests.simulation.planted_bugs import PLANTED_BUGS, planted_bug
from tests.simulation.runtime.sandbox import Sandbox

_CHUNK_SIZE: Final = 25
MAX_SEEDS_PER_BUG: Final = 1_000
"""A planted bug must be found within this number of histories."""

COVERING_HISTORIES: Final = 2_000
"""So many histories must contain every allowed state change."""

_sandbox: Sandbox | None = None


@dataclass
class Report:
    """`found`: for each planted bug the history that found it, or None. `played`: how often each action took effect.
    `transitions`: how often each state change happened."""

    histories: int = 0
    calls: int = 0
    violations: list[HistoryResult] = field(default_factory=list)
    found: dict[str, HistoryResult | None] = field(default_factory=dict)
    played: Counter[str] = field(default_factory=Counter)
    transitions: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        covered = self.histories < COVERING_HISTORIES or not self.never_seen
        return not self.violations and all(self.found.values()) and covered

    @property
    def never_seen(self) -> list[str]:
        """The allowed state changes that never happened."""
        return [each for each in ALLOWED_TRANSITIONS if not self.transitions[each]]

    def __str__(self) -> str:
        caught = sum(result is not None for result in self.found.values())
        bugs = f", planted bugs found: {caught} of {len(self.found)}" if self.found else ""
        return f"histories: {self.histories}, violations: {len(self.violations)}{bugs}"


@contextmanager
def worker_pool(number: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of worker processes, each with its sandbox."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(number, mp_context=context, initializer=_start_worker) as pool:
        yield pool


def explore(
    seeds: range,
    *,
    bugs: Sequence[str] = tuple(PLANTED_BUGS),
    workers: int | None = None,
    progress: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Run the history of every seed, and for each of `bugs` histories until one violates an invariant.

    `progress` is called with the report after each result."""
    report = Report()
    with worker_pool(workers or min(2, os.cpu_count() or 1)) as pool:
        hunts = {pool.submit(find_bug, bug): bug for bug in bugs}
        parts = {pool.submit(_run_all, part) for part in _chunks(seeds)}
        every: list[Future[Any]] = [*hunts, *parts]
        for done in as_completed(every):
            if done in hunts:
                report.found[hunts[done]] = done.result()
            else:
                _add_results(report, done.result())
            progress(report)
    return report


def replay(seed: int) -> HistoryResult:
    """Run one history and keep its trace."""
    with Sandbox() as sandbox:
        return run_history(sandbox, seed, keep_trace=True)


def find_bug(bug: str) -> HistoryResult | None:
    """The first history in which the bug causes the breach that it must cause; None when there is none."""
    with planted_bug(bug):
        for seed in range(MAX_SEEDS_PER_BUG):
            result = _run_one(seed)
            result.breaches = [breach for breach in result.breaches if PLANTED_BUGS[bug].causes(breach)]
            if result.breaches:
                result.trace.clear()
                return result
    return None


def _chunks(seeds: range) -> Iterator[range]:
    for first in range(seeds.start, seeds.stop, _CHUNK_SIZE):
        yield range(first, min(first + _CHUNK_SIZE, seeds.stop))


def _add_results(report: Report, results: list[HistoryResult]) -> None:
    report.histories += len(results)
    report.calls += sum(result.calls for result in results)
    for result in results:
        report.played.update(result.played)
        report.transitions.update(result.transitions)
    report.violations += [result for result in results if result.breaches]


def _run_all(seeds: range) -> list[HistoryResult]:
    return [_run_one(seed) for seed in seeds]


def _run_one(seed: int) -> HistoryResult:
    """Raises RuntimeError with the seed when the simulation itself fails."""
    try:
        return run_history(_worker_sandbox(), seed)
    except Exception as error:
        raise RuntimeError(f"the history of seed {seed} failed: {error!r}") from error


def _start_worker() -> None:
    """Enter the sandbox. Histories leave hardly any reference cycles, so frequent garbage collection is wasted."""
    global _sandbox
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    _sandbox = Sandbox()
    _sandbox.__enter__()


def _worker_sandbox() -> Sandbox:
    if _sandbox is None:
        _start_worker()
    assert _sandbox
    return _sandbox
