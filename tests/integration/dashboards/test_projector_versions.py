"""Two versions of the projector on one stream, as while a new one is deployed, and when it is taken back."""

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
_old_version: ContextVar[bool] = ContextVar("older", default=False)
NEWER_COUNTERS = {"visits STATS#VISITS DAY#2026-11-23": {"visits": 1}}


@pytest.fixture
def two_versions() -> Iterator[None]:
    """Where `_older` is set, the projector is one that does not count the enrollments of a day yet."""
    newer = PROJECTIONS[Enrollment.KIND]

    def either(subject: str, old: Any, new: Any) -> Projection:
        made = newer(subject, old, new)
        if _old_version.get():
            for place in [place for place in made.counts if place.kind is InstructorDay]:
                del made.counts[place]
        return made

    with patch.dict(PROJECTIONS, {Enrollment.KIND: either}):
        yield


def new_active_enrollment(course: Course) -> Enrollment:
    """Somebody who enrolled a moment ago."""
    enrollment = rows.put_enrollment(ids.user(), course, EnrollmentStatus.PENDING)
    rows.update(enrollment, status=EnrollmentStatus.ACTIVE, activated_at=clock.now())
    return enrollment


def store_sample_learners() -> list[Enrollment]:
    """Two courses of one instructor, five learners in each: some pay, complete, or leave."""
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
    """Figure > (what the dashboards say, what it is)."""
    return {row.counter: (row.displayed, row.recounted) for row in compare.compare_counters().differences}


def is_daily_counter(figure: str) -> bool:
    return "DAY#" in figure and figure.endswith((" enrolled", " completed"))


def project_whole_stream(engine: Engine, table: str, *, older: bool) -> None:
    """The whole stream, from its beginning, by one of the versions, in batches of whatever size it likes."""
    _old_version.set(older)

    def deliver(event: dict[str, Any], context: Any) -> dict[str, Any]:
        records = event["Records"]
        some = random.randrange(3, 20)
        for first in range(0, len(records), some):
            answer = projector_handler.lambda_handler({"Records": records[first : first + some]}, context)
            assert answer == {"batchItemFailures": []}
        return {"batchItemFailures": []}

    pump = StreamPoller(engine.endpoint, table, deliver)
    pump.drain()
    pump.stop()


def test_projector_old_and_new_version_in_parallel_differ_only_in_new_counters(
    engine: Engine, table: str, two_versions: None
) -> None:
    learners = store_sample_learners()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda older: project_whole_stream(engine, table, older=older), (True, False)))
    assert [figure for figure in counter_differences() if not is_daily_counter(figure)] == []

    with ThreadPoolExecutor(1) as taken_back:
        taken_back.submit(project_whole_stream, engine, table, older=True).result()
    left = counter_differences()
    assert left
    assert all(is_daily_counter(figure) and said == 0 < true for figure, (said, true) in left.items())
    assert sum(true for figure, (_, true) in left.items() if figure.endswith(" enrolled")) == 2 * len(learners)

    read_model_rebuild.rebuild_read_models(lambda _run, _wrong: None, wait_seconds=0)
    assert counter_differences() == {}


def test_projector_new_version_counts_what_the_old_one_skipped(engine: Engine, table: str, two_versions: None) -> None:
    store_sample_learners()
    with ThreadPoolExecutor(1) as one_at_a_time:
        one_at_a_time.submit(project_whole_stream, engine, table, older=True).result()
        assert counter_differences() != {}
        one_at_a_time.submit(project_whole_stream, engine, table, older=False).result()
    assert counter_differences() == {}


def test_projector_keeps_checkpoint_counters_of_newer_versions(run_projector: Project) -> None:
    learner = new_active_enrollment(rows.put_course())
    run_projector()
    where = keys.counter_checkpoint(keys.Key(learner.pk, learner.sk))
    rows.update_by_key(CounterCheckpoint, where, counted=json.dumps(checkpoint_counters(where) | NEWER_COUNTERS))

    rows.update(learner, status=EnrollmentStatus.CANCELLED)
    run_projector()
    assert counter_differences() == {}
    assert checkpoint_counters(where).items() > NEWER_COUNTERS.items()

    rows.delete(learner)
    run_projector()
    assert counter_differences() == {}
    assert checkpoint_counters(where) == NEWER_COUNTERS


def checkpoint_counters(where: keys.Key) -> dict[str, Any]:
    """What the mark holds; it does not expire."""
    mark = store.get(CounterCheckpoint, where)
    assert mark
    assert mark.expires_at is None
    return dict(json.loads(mark.counted))
