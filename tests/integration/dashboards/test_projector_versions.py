"""Two versions of the projector on one stream: during the deployment of a new version, and after its rollback."""

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

import pytest

from functions.dashboards import projector_handler, read_model_rebuild
from functions.dashboards.counter_sources import PROJECTIONS
from functions.dashboards.projections.projection import Projection
from functions.dashboards.recount import compare
from local.dynamodb.engine import Engine
from local.stream_poller import StreamPoller
from shared import clock, ids
from shared.db.entities import CounterCheckpoint, Course, Enrollment, InstructorDay
from shared.db.table import keys, store
from shared.domain.lifecycle import EnrollmentStatus
from tests.fixtures import rows

Project = Callable[[], int]
_old_version: ContextVar[bool] = ContextVar("old_version", default=False)
NEWER_COUNTERS = {"visits STATS#VISITS DAY#2026-11-23": {"visits": 1}}


@pytest.fixture
def two_versions() -> Iterator[None]:
    """Where `_old_version` is true, the projector is an older version, which has no daily enrollment counters."""
    project_new_version = PROJECTIONS[Enrollment.KIND]

    def project_either_version(subject: str, old: Any, new: Any) -> Projection:
        projection = project_new_version(subject, old, new)
        if _old_version.get():
            for item in [item for item in projection.counts if item.kind is InstructorDay]:
                del projection.counts[item]
        return projection

    with patch.dict(PROJECTIONS, {Enrollment.KIND: project_either_version}):
        yield


def new_active_enrollment(course: Course) -> Enrollment:
    """An enrollment that was activated just now."""
    enrollment = rows.put_enrollment(ids.user(), course, EnrollmentStatus.PENDING)
    rows.update(enrollment, status=EnrollmentStatus.ACTIVE, activated_at=clock.now())
    return enrollment


def store_sample_learners() -> list[Enrollment]:
    """Two courses of one instructor with five learners each: all paid, some completed, some cancelled."""
    learners = []
    for course in (rows.put_course(), rows.put_course(amount=500)):
        lessons = rows.put_outline(course, 3)
        for number in range(5):
            learner = new_active_enrollment(course)
            learners.append(learner)
            rows.put_progress(learner.user_id, course, lessons[: number % 3 + 1])
            rows.put_payment(learner.user_id, course, 500, refunded_amount=number)
            if number % 3 == 0:
                rows.update(learner, status=EnrollmentStatus.COMPLETED, completed_at=clock.now())
            if number % 4 == 1:
                rows.update(learner, status=EnrollmentStatus.CANCELLED)
    return learners


def counter_differences() -> dict[str, tuple[int, int]]:
    """Counter to (displayed, recounted), for the counters that differ."""
    return {row.counter: (row.displayed, row.recounted) for row in compare.compare_counters().differences}


def is_daily_counter(counter: str) -> bool:
    """Whether the counter counts the enrollments of an instructor or a course on one day."""
    return " on 2" in counter and counter.endswith((": activated enrollments", ": completed enrollments"))


def project_whole_stream(engine: Engine, table: str, *, old_version: bool) -> None:
    """Projects the whole stream from its beginning with one of the versions, in batches of random sizes."""
    _old_version.set(old_version)

    def deliver(event: dict[str, Any], context: Any) -> dict[str, Any]:
        records = event["Records"]
        size = random.randrange(3, 20)
        for start in range(0, len(records), size):
            response = projector_handler.lambda_handler({"Records": records[start : start + size]}, context)
            assert response == {"batchItemFailures": []}
        return {"batchItemFailures": []}

    poller = StreamPoller(engine.endpoint, table, deliver)
    poller.drain()
    poller.stop()


def test_projector_old_and_new_version_in_parallel_differ_only_in_new_counters(
    engine: Engine, table: str, two_versions: None
) -> None:
    learners = store_sample_learners()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda old: project_whole_stream(engine, table, old_version=old), (True, False)))
    assert [counter for counter in counter_differences() if not is_daily_counter(counter)] == []

    with ThreadPoolExecutor(1) as rollback:
        rollback.submit(project_whole_stream, engine, table, old_version=True).result()
    differences = counter_differences()
    assert differences
    assert all(
        is_daily_counter(counter) and displayed == 0 < recounted
        for counter, (displayed, recounted) in differences.items()
    )
    activated = [
        recounted for counter, (_, recounted) in differences.items() if counter.endswith(": activated enrollments")
    ]
    assert sum(activated) == 2 * len(learners)

    read_model_rebuild.rebuild_read_models(lambda _run, _corrected: None, wait_seconds=0)
    assert counter_differences() == {}


def test_projector_new_version_counts_what_the_old_one_skipped(engine: Engine, table: str, two_versions: None) -> None:
    store_sample_learners()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(project_whole_stream, engine, table, old_version=True).result()
        assert counter_differences() != {}
        thread.submit(project_whole_stream, engine, table, old_version=False).result()
    assert counter_differences() == {}


def test_projector_keeps_checkpoint_counters_of_newer_versions(run_projector: Project) -> None:
    learner = new_active_enrollment(rows.put_course())
    run_projector()
    key = keys.counter_checkpoint(keys.Key(learner.pk, learner.sk))
    rows.update_by_key(CounterCheckpoint, key, counted=json.dumps(checkpoint_counters(key) | NEWER_COUNTERS))

    rows.update(learner, status=EnrollmentStatus.CANCELLED)
    run_projector()
    assert counter_differences() == {}
    assert checkpoint_counters(key).items() > NEWER_COUNTERS.items()

    rows.delete(learner)
    run_projector()
    assert counter_differences() == {}
    assert checkpoint_counters(key) == NEWER_COUNTERS


def checkpoint_counters(key: keys.Key) -> dict[str, Any]:
    """The contribution recorded in the checkpoint, which must not expire."""
    checkpoint = store.get(CounterCheckpoint, key)
    assert checkpoint
    assert "expires_at" not in checkpoint.attribute_values
    return dict(json.loads(checkpoint.counted))
