"""One course that everybody wants at once."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from functions.enrollments import service
from shared import clock, ids
from shared.db.enrollments import enrollments
from shared.db.entities import Course
from shared.domain.lifecycle import Role
from shared.errors import DomainError
from shared.tokens import Caller
from tests.load.scale.measure import measure_usage

_PAGE_SIZE = 100
_EXPECTED_CALLS = 2


@dataclass(frozen=True)
class RushResult:
    """`retries`: calls beyond a read and a transaction for each enrollment; `found`: enrollments there afterwards."""

    requested: int
    rejected: int
    enrolled: int
    retries: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"hot course: {self.enrolled} of {self.requested} enrolled, {self.rejected} refused, {self.retries} retries, "
            f"{self.requested / self.seconds:.0f} a second"
        )


def enroll_concurrently(course: Course, learners: int, threads: int) -> RushResult:
    """So many new learners enroll in the course, which is free, from so many threads, as fast as it goes."""
    before = count_enrollments(course)
    began = time.perf_counter()
    with measure_usage() as spent, ThreadPoolExecutor(threads) as pool:
        refused = sum(pool.map(_enroll_fails, itertools.repeat(course.course_id, learners)))
    seconds = time.perf_counter() - began
    return RushResult(
        learners, refused, count_enrollments(course) - before, spent.calls.total() - _EXPECTED_CALLS * learners, seconds
    )


def _enroll_fails(course_id: str) -> bool:
    now = clock.now()
    caller = Caller(ids.user(), Role.STUDENT, "In a hurry", ids.session(), now - timedelta(seconds=1))
    try:
        service.enroll(caller, course_id)
    except DomainError:
        return True
    return False


def count_enrollments(course: Course) -> int:
    """How many enrollments the course's index has."""
    found, start = 0, None
    while True:
        page, start = enrollments.list_by_course(course.course_id, _PAGE_SIZE, start)
        found += len(page)
        if start is None:
            return found
