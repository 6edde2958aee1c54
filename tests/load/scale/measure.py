"""Measure the cost of each page and dashboard: calls to the table, capacity units, time."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

from pynamodb.connection.base import Connection

from functions.courses import catalogue as catalogue_pages
from functions.courses.catalogue_schemas import CatalogueQuery
from functions.dashboards import admin_dashboard, instructor_dashboard, student_dashboard
from shared import clock
from shared.db.courses import course_pages
from shared.db.enrollments import enrollment_details, lesson_progress
from shared.db.read_models.catalogue_cards import ANY, NEWEST, POPULAR
from shared.db.table import keys
from shared.domain.catalogue_search import MAX_PREFIX_LETTERS, facet, words
from tests.load.scale.data_generator import Batch

SAMPLES: Final = 15

SEARCH_TERMS: Final = ("python", "python teacher")


@dataclass
class Usage:
    """Calls by operation, including retries of the SDK, and capacity units, of all threads."""

    calls: Counter[str] = field(default_factory=Counter)
    units: float = 0.0


@contextmanager
def measure_usage() -> Iterator[Usage]:
    """Inside the block every call to DynamoDB is counted, including rejected ones."""
    usage, lock, real_call = Usage(), threading.Lock(), Connection._make_api_call

    def counting_call(self: Connection, operation: str, arguments: dict[str, Any], *args: Any, **keywords: Any) -> Any:
        units, retries = 0.0, 0
        try:
            response = real_call(self, operation, arguments | {"ReturnConsumedCapacity": "TOTAL"}, *args, **keywords)
            units = _capacity_units(response.get("ConsumedCapacity"))
            retries = response["ResponseMetadata"]["RetryAttempts"]
            return response
        finally:
            with lock:
                usage.calls[operation] += 1 + retries
                usage.units += units

    with patch.object(Connection, "_make_api_call", counting_call):
        yield usage


def _capacity_units(consumed: Any) -> float:
    if isinstance(consumed, list):
        return sum(map(_capacity_units, consumed))
    return float((consumed or {}).get("CapacityUnits", 0))


@dataclass(frozen=True)
class Cost:
    """The cost of one page: calls to the table, capacity units, and the median of its time in milliseconds."""

    what: str
    roundtrips: int
    units: float
    milliseconds: float

    def __str__(self) -> str:
        return f"{self.what:<34}{self.roundtrips:>6}{self.units:>9.1f}{self.milliseconds:>9.1f}"


HEADING: Final = f"{'':<34}{'calls':>6}{'units':>9}{'ms':>9}"


def measure_costs(batch: Batch, samples: int = SAMPLES) -> list[Cost]:
    """The costs of all pages whose cost must be constant, for a user of the batch; the time is the median of
    `samples`."""
    return [_measure_cost(what, call, samples) for what, call in _measured_calls(batch).items()]


def _measured_calls(batch: Batch) -> dict[str, Callable[[], object]]:
    learner, course = batch.learners[0].user_id, batch.courses[0]
    lesson = batch.outlines[course.course_id].lesson_ids()[0]

    def progress() -> None:
        enrollment_details.read_records(learner, course.course_id)
        lesson_progress.record_lesson_progress(
            learner, course.course_id, lesson, completed=True, position=None, now=clock.now()
        )

    pages = {
        "catalogue, newest": CatalogueQuery(),
        "catalogue, popular": CatalogueQuery(sort="popular"),
        "catalogue, category and language": CatalogueQuery(category="data", language="en"),
        "search, one word": CatalogueQuery(q=SEARCH_TERMS[0]),
        "search, two words": CatalogueQuery(q=SEARCH_TERMS[1]),
    }
    return {
        "student dashboard": lambda: student_dashboard.dashboard(learner),
        "instructor dashboard": lambda: instructor_dashboard.dashboard(course.instructor_id),
        "admin dashboard": admin_dashboard.dashboard,
        "admin's list of courses": lambda: admin_dashboard.list_courses(20, None),
        **{what: _catalogue_page(query) for what, query in pages.items()},
        "course page": lambda: course_pages.read(course.course_id),
        "record lesson progress": progress,
    }


def _catalogue_page(query: CatalogueQuery) -> Callable[[], object]:
    return lambda: catalogue_pages.list_cards(query, None)


def measured_partitions() -> frozenset[str]:
    """The catalogue partitions that `measure_costs` reads. A full catalogue has some hundred more lists per course, of
    the same shape."""
    lists = {keys.catalogue_facet(sort, ANY, ANY, ANY, ANY) for sort in (NEWEST, POPULAR)}
    lists.add(keys.catalogue_facet(NEWEST, facet("data"), ANY, ANY, facet("en")))
    terms = {max(words(q), key=len)[:MAX_PREFIX_LETTERS] for q in SEARCH_TERMS}
    return frozenset(lists | {keys.catalogue_term(NEWEST, term) for term in terms})


def _measure_cost(what: str, call: Callable[[], object], samples: int) -> Cost:
    call()
    with measure_usage() as usage:
        call()
    durations = []
    for _ in range(samples):
        started = time.perf_counter()
        call()
        durations.append(time.perf_counter() - started)
    return Cost(what, usage.calls.total(), usage.units, statistics.median(durations) * 1000)
