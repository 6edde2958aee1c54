"""Play all histories, batch by batch."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.load.http_histories.batch import play_batch
from tests.load.http_histories.plan import plan_batch
from tests.load.http_histories.report import describe, problems_of
from tests.load.http_histories.results import BatchResult, failed_histories

_BATCHES_AT_ONCE: Final = 2
"""A batch often waits for a start of its product."""


@dataclass(frozen=True)
class Run:
    """`only` plays one history of the seed alone. `requests_between_kills` is a mean; 0 kills only when time passes.
    `logs` is a folder that keeps the logs of the product, by batch."""

    histories: int
    seed: int
    batch_size: int = 20
    only: int | None = None
    reconciles: bool = True
    requests_between_kills: int = 150
    logs: Path | None = None


def play(run: Run, print_line: Callable[[str], None]) -> bool:
    """True when no history failed."""
    print_line(f"seed {run.seed}: {run.histories} histories{'' if run.reconciles else ', without reconciliation'}")
    started = time.monotonic()

    def play_numbers(numbers: range) -> BatchResult:
        plan = plan_batch(run.seed, numbers, run.requests_between_kills).limited_to(run.only)
        folder = run.logs / f"{run.seed}-{numbers.start}" if run.logs else None
        result = play_batch(plan, reconciles=run.reconciles, folder=folder)
        passed, failed = time.monotonic() - started, len(failed_histories([result]))
        lines = [
            *problems_of(result),
            f"histories {numbers.start} to {numbers.stop - 1}: {failed} failed, {passed:.0f} s",
        ]
        print_line("\n".join(lines))
        return result

    with ThreadPoolExecutor(_BATCHES_AT_ONCE) as threads:
        results = list(threads.map(play_numbers, _batches(run)))
    for line in describe(results):
        print_line(line)
    failed_numbers = sorted(failed_histories(results))
    played = sum(len(result.logs) for result in results)
    print_line(f"histories: {played}, failed: {len(failed_numbers)} {failed_numbers or ''}".rstrip())
    if failed_numbers:
        print_line(f"repeat with --seed {run.seed} --only NUMBER")
    return not failed_numbers


def _batches(run: Run) -> list[range]:
    starts = range(0, run.histories, run.batch_size)
    batches = [range(start, min(start + run.batch_size, run.histories)) for start in starts]
    return [batch for batch in batches if run.only is None or run.only in batch]
