"""The projector under load: 32 threads change items of every counted kind, while the projector is killed, restarted
and receives duplicate records."""

import itertools
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest

from functions.dashboards import projector_handler
from functions.dashboards.recount import compare, counter_names
from local.dead_letters import DeadLetters
from local.dynamodb.engine import Engine
from local.stream_poller import IDLE_SECONDS, StreamPoller
from shared.db.read_models import catalogue_writer, counters
from shared.errors import StoreUnavailable
from tests.fixtures.api import Api
from tests.fixtures.ledger_consistency import ledger_inconsistencies
from tests.fixtures.storefront import Storefront
from tests.integration.dashboards.load_scenario import LoadScenario

THREADS = 32
EXPECTED_COUNTERS = {
    "users_student": 32,
    "courses_published": 10,
    "courses_draft": 3,
    "courses_hidden": 3,
    "enrollments_pending": 0,
    "enrollments_active": 33,
    "enrollments_completed": 13,
    "enrollments_cancelled": 18,
    "payments_refund_pending": 0,
}
DUPLICATES_PER_BATCH = 20
"""Records delivered a second time after every batch, chosen at random from all processed ones."""

FROM_START = "started from the beginning"
FROM_LAST_CHECKPOINT = "started after the last batch"
FROM_OLDER_CHECKPOINT = "started from an older checkpoint"
START_POSITIONS = (FROM_START, FROM_LAST_CHECKPOINT, FROM_OLDER_CHECKPOINT)


class ProjectorKilled(BaseException):
    """Simulates SIGKILL. It derives from BaseException, so that no `except Exception` of the projector catches it."""


class ProjectorRuns:
    """Runs one projector after another until the load is finished and each start position was used. Most runs are
    killed in the middle of a batch. `counts`: how often each event occurred."""

    def __init__(self, engine: Engine, table: str, folder: Path, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.load_finished = Event()
        self.checkpoint, self.dead_letters = folder / "checkpoint", folder / "dead-letters"
        self._endpoint, self._table = engine.endpoint, table
        self._older_checkpoint = folder / "older"
        self._random = random.Random(seed)
        self._processed: list[dict[str, Any]] = []

    def new_poller(self, handler: Callable[..., Any]) -> StreamPoller:
        return StreamPoller(
            self._endpoint,
            self._table,
            handler,
            checkpoint=self.checkpoint,
            dead_letters=DeadLetters(self.dead_letters),
            backoff_seconds=0,
        )

    def run(self) -> None:
        for start in itertools.cycle(START_POSITIONS):
            if self.load_finished.is_set() and all(self.counts[position] for position in START_POSITIONS):
                return
            if start == FROM_START:
                self.checkpoint.unlink(missing_ok=True)
            elif start == FROM_OLDER_CHECKPOINT and self._older_checkpoint.exists():
                shutil.copy(self._older_checkpoint, self.checkpoint)
            self.counts[start] += 1
            self._run_until_killed()

    def _run_until_killed(self) -> None:
        poller = self.new_poller(self._deliver)
        try:
            while poller.drain(seconds=1) or not self.load_finished.wait(IDLE_SECONDS):
                pass
        except ProjectorKilled:
            self.counts["killed"] += 1
        finally:
            poller.stop()

    def _deliver(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        if not self._older_checkpoint.exists() and self.checkpoint.exists():
            shutil.copy(self.checkpoint, self._older_checkpoint)
        records = event["Records"]
        response = projector_handler.lambda_handler(event, context)
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        failed = [numbers.index(failure["itemIdentifier"]) for failure in response["batchItemFailures"]]
        self.counts["partial batch failures"] += len(failed)
        self._processed += records[: min(failed, default=len(records))]
        duplicates = self._random.sample(self._processed, min(DUPLICATES_PER_BATCH, len(self._processed)))
        self.counts["duplicate records"] += len(duplicates)
        projector_handler.lambda_handler({"Records": duplicates}, context)
        return response


@contextmanager
def crashing_writes() -> Iterator[None]:
    """Inside the block, some of the projector's writes kill it before or after they are applied, and some fail twice in
    a row: as part of a batch, and then alone."""
    writes = itertools.count(1)

    def crashing(write: Callable[..., Any]) -> Callable[..., Any]:
        def crashing_write(*arguments: Any) -> Any:
            number = next(writes) % 23
            if number == 5:
                raise ProjectorKilled
            if number in (8, 9):
                raise StoreUnavailable
            result = write(*arguments)
            if number == 19:
                raise ProjectorKilled
            return result

        return crashing_write

    with (
        patch.object(counters, "_write_batch", crashing(counters._write_batch)),
        patch.object(catalogue_writer, "_write", crashing(catalogue_writer._write)),
    ):
        yield


@pytest.mark.timeout(300)
def test_projector_under_32_threads_with_crashes_and_duplicates_equals_recount(
    engine: Engine,
    table: str,
    shop: Storefront,
    instructor: Api,
    admin: Api,
    new_user: Callable[..., Api],
    tmp_path: Path,
) -> None:
    """The last projector resumes where the previous one was killed. Afterwards every counter of every dashboard equals
    a recount. The counters are printed (`pytest -s`)."""
    seed = random.randrange(10**6)
    scenario = LoadScenario.create(shop, instructor, admin, new_user)
    projectors = ProjectorRuns(engine, table, tmp_path, seed)
    with crashing_writes(), ThreadPoolExecutor(THREADS + 1) as threads:
        projecting = threads.submit(projectors.run)
        try:
            list(threads.map(scenario.run_learner, range(THREADS)))
            scenario.process_refunds()
        finally:
            projectors.load_finished.set()
        projecting.result()
    poller = projectors.new_poller(projector_handler.lambda_handler)
    poller.drain()
    poller.stop()
    report = compare.compare_counters()
    sys.stdout.write(f"seed {seed}: {dict(projectors.counts)}\n")
    for row in report.comparisons:
        sys.stdout.write(f"{row.counter}: {row.displayed}, recounted {row.recounted}\n")
    assert report.is_equal, f"seed {seed}:\n{report}"
    assert not projectors.dead_letters.exists()
    assert ledger_inconsistencies(shop.gateway, settled=False) == []
    recounted = {row.counter: row.recounted for row in report.comparisons}
    platform = {name: recounted[counter_names.counter(counter_names.platform(), name)] for name in EXPECTED_COUNTERS}
    assert platform == EXPECTED_COUNTERS
    events = (*START_POSITIONS, "killed", "partial batch failures", "duplicate records")
    assert [event for event in events if not projectors.counts[event]] == []
