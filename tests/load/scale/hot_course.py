"""A rush of concurrent enrollments in one course."""

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
    """`enrolled`: stored enrollments afterwards. `retries`: calls beyond a read and a transaction per enrollment."""

    requested: int
    rejected: int
    enrolled: int
    retries: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"hot course: {self.enrolled} of {self.requested} enrolled, {self.rejected} rejected, "
            f"{self.retries} retries, {self.requested / self.seconds:.0f} per second"
        )


def enroll_concurrently(course: Course, learners: int, threads: int) -> RushResult:
    """Enroll `learners` new users in a free course from `threads` threads, as fast as possible."""
    before = count_enrollments(course)
    started = time.perf_counter()
    with measure_usage() as usage, ThreadPoolExecutor(threads) as pool:
        rejected = sum(pool.map(_enroll_fails, itertools.repeat(course.course_id, learners)))
    seconds = time.perf_counter() - started
    return RushResult(
        requested=learners,
        rejected=rejected,
        enrolled=count_enrollments(course) - before,
        retries=usage.calls.total() - _EXPECTED_CALLS * learners,
        seconds=seconds,
    )


def _enroll_fails(course_id: str) -> bool:
    now = clock.now()
    caller = Caller(ids.user(), Role.STUDENT, "Learner", ids.session(), now - timedelta(seconds=1))
    try:
        service.enroll(caller, course_id)
    except DomainError:
        return True
    return False


def count_enrollments(course: Course) -> int:
    """The number of enrollments in the index of the course."""
    count, start = 0, None
    while True:
        page, start = enrollments.list_by_course(course.course_id, _PAGE_SIZE, start)
        count += len(page)
        if start is None:
            return count
