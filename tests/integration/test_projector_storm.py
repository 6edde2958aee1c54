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

from functions.dashboards import projector_handler, recount
from local.dead_letters import DeadLetters
from local.engine import Engine
from local.streams import IDLE_SECONDS, StreamPoller
from shared.db import counting, listing
from shared.errors import StoreUnavailable
from tests.api import Api
from tests.engines.sound import wrongs
from tests.integration.storm import Business
from tests.shop import Shop

THREADS = 32
EXPECTED = {
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
EACH_TIME = 20
"""Records delivered a second time after every batch, picked at random of all that were done."""

BEGINNING = "started from the beginning"
LAST = "started after the last batch"
OLDER = "started from an older checkpoint"
STARTS = (BEGINNING, LAST, OLDER)


class Killed(BaseException):
    """Not an Exception: nothing in the projector may catch it, as nothing catches a kill."""


class Projectors:
    """One after the other, until the storm is over and each way to start was taken: most are killed in the middle of a
    batch. `seen` counts what happened to them."""

    def __init__(self, engine: Engine, table: str, folder: Path, seed: int) -> None:
        self.seen: Counter[str] = Counter()
        self.storm_is_over = Event()
        self.checkpoint, self.parked = folder / "checkpoint", folder / "parked"
        self._endpoint, self._table = engine.endpoint, table
        self._older = folder / "older"
        self._chance = random.Random(seed)
        self._done: list[dict[str, Any]] = []

    def pump(self, handler: Callable[..., Any]) -> StreamPoller:
        return StreamPoller(
            self._endpoint,
            self._table,
            handler,
            checkpoint=self.checkpoint,
            dead_letters=DeadLetters(self.parked),
            backoff_seconds=0,
        )

    def run(self) -> None:
        for start in itertools.cycle(STARTS):
            if self.storm_is_over.is_set() and all(self.seen[each] for each in STARTS):
                return
            if start == BEGINNING:
                self.checkpoint.unlink(missing_ok=True)
            elif start == OLDER and self._older.exists():
                shutil.copy(self._older, self.checkpoint)
            self.seen[start] += 1
            self._until_killed()

    def _until_killed(self) -> None:
        pump = self.pump(self._deliver)
        try:
            while pump.drain(seconds=1) or not self.storm_is_over.wait(IDLE_SECONDS):
                pass
        except Killed:
            self.seen["killed"] += 1
        finally:
            pump.stop()

    def _deliver(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        if not self._older.exists() and self.checkpoint.exists():
            shutil.copy(self.checkpoint, self._older)
        records = event["Records"]
        answer = projector_handler.lambda_handler(event, context)
        order = [record["dynamodb"]["SequenceNumber"] for record in records]
        failed = [order.index(each["itemIdentifier"]) for each in answer["batchItemFailures"]]
        self.seen["batches failed in part"] += len(failed)
        self._done += records[: min(failed, default=len(records))]
        again = self._chance.sample(self._done, min(EACH_TIME, len(self._done)))
        self.seen["records fed again"] += len(again)
        projector_handler.lambda_handler({"Records": again}, context)
        return answer


@contextmanager
def deadly() -> Iterator[None]:
    """Inside the block the projector's writes kill it before or after they are done, or fail twice in a row: together
    with others, and then alone."""
    writes = itertools.count(1)

    def mortal(step: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*arguments: Any) -> Any:
            number = next(writes) % 23
            if number == 5:
                raise Killed
            if number in (8, 9):
                raise StoreUnavailable
            answer = step(*arguments)
            if number == 19:
                raise Killed
            return answer

        return dying

    with (
        patch.object(counting, "_write_batch", mortal(counting._write_batch)),
        patch.object(listing, "_write", mortal(listing._write)),
    ):
        yield


@pytest.mark.timeout(300)
def test_32_threads_while_the_projector_is_killed_restarted_and_fed_duplicates(
    engine: Engine,
    table: str,
    shop: Shop,
    instructor: Api,
    admin: Api,
    new_user: Callable[..., Api],
    tmp_path: Path,
) -> None:
    """The last projector goes on where the one before it was killed. Then every figure of every dashboard is what a
    recount says, and is printed (`pytest -s`)."""
    seed = random.randrange(10**6)
    business = Business.opened(shop, instructor, admin, new_user)
    projectors = Projectors(engine, table, tmp_path, seed)
    with deadly(), ThreadPoolExecutor(THREADS + 1) as threads:
        projecting = threads.submit(projectors.run)
        try:
            list(threads.map(business.journey, range(THREADS)))
            business.settle_refunds()
        finally:
            projectors.storm_is_over.set()
        projecting.result()
    pump = projectors.pump(projector_handler.lambda_handler)
    pump.drain()
    pump.stop()
    report = recount.compare_counters()
    sys.stdout.write(f"seed {seed}: {dict(projectors.seen)}\n")
    for row in report.comparisons:
        sys.stdout.write(f"{row.counter}: {row.displayed}, recounted {row.recounted}\n")
    assert report.is_equal, f"seed {seed}:\n{report}"
    assert not projectors.parked.exists()
    assert wrongs(shop.gateway, at_rest=False) == []
    said = {row.counter: row.recounted for row in report.comparisons}
    assert {name: said[f"platform {name}"] for name in EXPECTED} == EXPECTED
    assert min(projectors.seen[each] for each in (*STARTS, "killed", "batches failed in part", "records fed again")) > 0
