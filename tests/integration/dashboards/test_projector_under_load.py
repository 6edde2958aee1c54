"""A storm of everything that counts, from 32 threads, while the projector is killed, restarted and fed duplicates."""

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
from functions.dashboards.recount import compare
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
"""Records delivered a second time after every batch, picked at random of all that were done."""

FROM_START = "started from the beginning"
FROM_LAST_CHECKPOINT = "started after the last batch"
FROM_OLDER_CHECKPOINT = "started from an older checkpoint"
START_POSITIONS = (FROM_START, FROM_LAST_CHECKPOINT, FROM_OLDER_CHECKPOINT)


class ProjectorKilled(BaseException):
    """Not an Exception: nothing in the projector may catch it, as nothing catches a kill."""


class ProjectorRuns:
    """One after the other, until the storm is over and each way to start was taken: most are killed in the middle of a
    batch. `seen` counts what happened to them."""

    def __init__(self, engine: Engine, table: str, folder: Path, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.load_finished = Event()
        self.checkpoint, self.dead_letters = folder / "checkpoint", folder / "parked"
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
            if self.load_finished.is_set() and all(self.counts[each] for each in START_POSITIONS):
                return
            if start == FROM_START:
                self.checkpoint.unlink(missing_ok=True)
            elif start == FROM_OLDER_CHECKPOINT and self._older_checkpoint.exists():
                shutil.copy(self._older_checkpoint, self.checkpoint)
            self.counts[start] += 1
            self._run_until_killed()

    def _run_until_killed(self) -> None:
        pump = self.new_poller(self._deliver)
        try:
            while pump.drain(seconds=1) or not self.load_finished.wait(IDLE_SECONDS):
                pass
        except ProjectorKilled:
            self.counts["killed"] += 1
        finally:
            pump.stop()

    def _deliver(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        if not self._older_checkpoint.exists() and self.checkpoint.exists():
            shutil.copy(self.checkpoint, self._older_checkpoint)
        records = event["Records"]
        answer = projector_handler.lambda_handler(event, context)
        order = [record["dynamodb"]["SequenceNumber"] for record in records]
        failed = [order.index(each["itemIdentifier"]) for each in answer["batchItemFailures"]]
        self.counts["batches failed in part"] += len(failed)
        self._processed += records[: min(failed, default=len(records))]
        again = self._random.sample(self._processed, min(DUPLICATES_PER_BATCH, len(self._processed)))
        self.counts["records fed again"] += len(again)
        projector_handler.lambda_handler({"Records": again}, context)
        return answer


@contextmanager
def crashing_writes() -> Iterator[None]:
    """Inside the block the projector's writes kill it before or after they are done, or fail twice in a row: together
    with others, and then alone."""
    writes = itertools.count(1)

    def mortal(step: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*arguments: Any) -> Any:
            number = next(writes) % 23
            if number == 5:
                raise ProjectorKilled
            if number in (8, 9):
                raise StoreUnavailable
            answer = step(*arguments)
            if number == 19:
                raise ProjectorKilled
            return answer

        return dying

    with (
        patch.object(counters, "_write_batch", mortal(counters._write_batch)),
        patch.object(catalogue_writer, "_write", mortal(catalogue_writer._write)),
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
    """The last projector goes on where the one before it was killed. Then every figure of every dashboard is what a
    recount says, and is printed (`pytest -s`)."""
    seed = random.randrange(10**6)
    business = LoadScenario.create(shop, instructor, admin, new_user)
    projectors = ProjectorRuns(engine, table, tmp_path, seed)
    with crashing_writes(), ThreadPoolExecutor(THREADS + 1) as threads:
        projecting = threads.submit(projectors.run)
        try:
            list(threads.map(business.run_learner, range(THREADS)))
            business.process_refunds()
        finally:
            projectors.load_finished.set()
        projecting.result()
    pump = projectors.new_poller(projector_handler.lambda_handler)
    pump.drain()
    pump.stop()
    report = compare.compare_counters()
    sys.stdout.write(f"seed {seed}: {dict(projectors.counts)}\n")
    for row in report.comparisons:
        sys.stdout.write(f"{row.counter}: {row.displayed}, recounted {row.recounted}\n")
    assert report.is_equal, f"seed {seed}:\n{report}"
    assert not projectors.dead_letters.exists()
    assert ledger_inconsistencies(shop.gateway, settled=False) == []
    said = {row.counter: row.recounted for row in report.comparisons}
    assert {name: said[f"platform {name}"] for name in EXPECTED_COUNTERS} == EXPECTED_COUNTERS
    assert (
        min(
            projectors.counts[each]
            for each in (*START_POSITIONS, "killed", "batches failed in part", "records fed again")
        )
        > 0
    )
