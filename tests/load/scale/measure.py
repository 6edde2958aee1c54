"""What each page and dashboard costs: calls to the table, capacity, time."""

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
    """Calls by operation, with those that the SDK sent again by itself, and capacity units, of every thread."""

    calls: Counter[str] = field(default_factory=Counter)
    units: float = 0.0


@contextmanager
def measure_usage() -> Iterator[Usage]:
    """Inside the block every call to DynamoDB is counted, those that are refused too."""
    spent, lock, real = Usage(), threading.Lock(), Connection._make_api_call

    def counted(self: Connection, operation: str, arguments: dict[str, Any], *others: Any, **keywords: Any) -> Any:
        units, again = 0.0, 0
        try:
            answer = real(self, operation, arguments | {"ReturnConsumedCapacity": "TOTAL"}, *others, **keywords)
            units, again = _capacity_units(answer.get("ConsumedCapacity")), answer["ResponseMetadata"]["RetryAttempts"]
            return answer
        finally:
            with lock:
                spent.calls[operation] += 1 + again
                spent.units += units

    with patch.object(Connection, "_make_api_call", counted):
        yield spent


def _capacity_units(told: Any) -> float:
    if isinstance(told, list):
        return sum(map(_capacity_units, told))
    return float((told or {}).get("CapacityUnits", 0))


@dataclass(frozen=True)
class Cost:
    """Of one call: round trips, capacity units, and the median of its time in milliseconds."""

    what: str
    roundtrips: int
    units: float
    milliseconds: float

    def __str__(self) -> str:
        return f"{self.what:<34}{self.roundtrips:>6}{self.units:>9.1f}{self.milliseconds:>9.1f}"


HEADING: Final = f"{'':<34}{'calls':>6}{'units':>9}{'ms':>9}"


def measure_costs(made: Batch, times: int = SAMPLES) -> list[Cost]:
    """Of everything that is to stay flat, asked for somebody of the batch; the time is the median of so many."""
    return [_measure_cost(what, call, times) for what, call in _measured_calls(made).items()]


def _measured_calls(made: Batch) -> dict[str, Callable[[], object]]:
    learner, course = made.learners[0].user_id, made.courses[0]
    lesson = made.outlines[course.course_id].lesson_ids()[0]

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
        "progress: a tick": progress,
    }


def _catalogue_page(query: CatalogueQuery) -> Callable[[], object]:
    return lambda: catalogue_pages.list_cards(query, None)


def measured_partitions() -> frozenset[str]:
    """Partitions of the catalogue that `costs` reads: a full catalogue has some hundred lists more for each course, all
    alike."""
    lists = {keys.catalogue_facet(sort, ANY, ANY, ANY, ANY) for sort in (NEWEST, POPULAR)}
    lists.add(keys.catalogue_facet(NEWEST, facet("data"), ANY, ANY, facet("en")))
    terms = {max(words(q), key=len)[:MAX_PREFIX_LETTERS] for q in SEARCH_TERMS}
    return frozenset(lists | {keys.catalogue_term(NEWEST, term) for term in terms})


def _measure_cost(what: str, call: Callable[[], object], times: int) -> Cost:
    call()
    with measure_usage() as spent:
        call()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return Cost(what, spent.calls.total(), spent.units, statistics.median(took) * 1000)
