"""Two versions of the projector on one stream, as while a new one is deployed, and when it is taken back."""

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

import pytest

from functions.dashboards import projector_handler, rebuild, recount
from functions.dashboards.projections.projection import Projection
from functions.dashboards.sources import PROJECTIONS
from local.engine import Engine
from local.streams import StreamPoller
from shared import clock, ids
from shared.db import keys, store
from shared.db.entities import CounterCheckpoint, Course, Enrollment, InstructorDay
from shared.lifecycle import EnrollmentStatus
from tests import stored

Project = Callable[[], int]
_older: ContextVar[bool] = ContextVar("older", default=False)
FROM_THE_FUTURE = {"visits STATS#VISITS DAY#2026-11-23": {"visits": 1}}


@pytest.fixture
def two_versions() -> Iterator[None]:
    """Where `_older` is set, the projector is one that does not count the enrollments of a day yet."""
    newer = PROJECTIONS[Enrollment.KIND]

    def either(subject: str, old: Any, new: Any) -> Projection:
        made = newer(subject, old, new)
        if _older.get():
            for place in [place for place in made.counts if place.kind is InstructorDay]:
                del made.counts[place]
        return made

    with patch.dict(PROJECTIONS, {Enrollment.KIND: either}):
        yield


def enrolled(course: Course) -> Enrollment:
    """Somebody who enrolled a moment ago."""
    enrollment = stored.enrollment(ids.user(), course, EnrollmentStatus.PENDING)
    stored.change(enrollment, status=EnrollmentStatus.ACTIVE, activated_at=clock.now())
    return enrollment


def business() -> list[Enrollment]:
    """Two courses of one instructor, five learners in each: some pay, complete, or leave."""
    learners = []
    for course in (stored.course(), stored.course(amount=500)):
        lessons = stored.outline(course, 3)
        for number in range(5):
            learner = enrolled(course)
            learners.append(learner)
            stored.progress(learner.user_id, course, lessons[: number % 3 + 1])
            stored.payment(learner.user_id, course, 500, refunded_amount=number)
            if number % 3 == 0:
                stored.change(learner, status=EnrollmentStatus.COMPLETED, completed_at=clock.now())
            if number % 4 == 1:
                stored.change(learner, status=EnrollmentStatus.CANCELLED)
    return learners


def differing() -> dict[str, tuple[int, int]]:
    """Figure > (what the dashboards say, what it is)."""
    return {row.counter: (row.displayed, row.recounted) for row in recount.compare_counters().differences}


def of_days(figure: str) -> bool:
    return "DAY#" in figure and figure.endswith((" enrolled", " completed"))


def reading(engine: Engine, table: str, *, older: bool) -> None:
    """The whole stream, from its beginning, by one of the versions, in batches of whatever size it likes."""
    _older.set(older)

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


def test_both_at_once_differ_in_nothing_but_what_one_does_not_count(
    engine: Engine, table: str, two_versions: None
) -> None:
    learners = business()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda older: reading(engine, table, older=older), (True, False)))
    assert [figure for figure in differing() if not of_days(figure)] == []

    with ThreadPoolExecutor(1) as taken_back:
        taken_back.submit(reading, engine, table, older=True).result()
    left = differing()
    assert left
    assert all(of_days(figure) and said == 0 < true for figure, (said, true) in left.items())
    assert sum(true for figure, (_, true) in left.items() if figure.endswith(" enrolled")) == 2 * len(learners)

    rebuild.rebuild_read_models(lambda _run, _wrong: None, wait_seconds=0)
    assert differing() == {}


def test_the_newer_one_counts_what_the_older_one_did_not(engine: Engine, table: str, two_versions: None) -> None:
    business()
    with ThreadPoolExecutor(1) as one_at_a_time:
        one_at_a_time.submit(reading, engine, table, older=True).result()
        assert differing() != {}
        one_at_a_time.submit(reading, engine, table, older=False).result()
    assert differing() == {}


def test_figures_that_only_newer_code_knows_stay_as_they_are(project: Project) -> None:
    learner = enrolled(stored.course())
    project()
    where = keys.counter_checkpoint(keys.Key(learner.pk, learner.sk))
    stored.alter(CounterCheckpoint, where, counted=json.dumps(kept(where) | FROM_THE_FUTURE))

    stored.change(learner, status=EnrollmentStatus.CANCELLED)
    project()
    assert differing() == {}
    assert kept(where).items() > FROM_THE_FUTURE.items()

    stored.remove(learner)
    project()
    assert differing() == {}
    assert kept(where) == FROM_THE_FUTURE


def kept(where: keys.Key) -> dict[str, Any]:
    """What the mark holds; it does not expire."""
    mark = store.get(CounterCheckpoint, where)
    assert mark
    assert mark.expires_at is None
    return dict(json.loads(mark.counted))
