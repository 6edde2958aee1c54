"""One course that everybody wants at once."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from functions.enrollments import service
from local.scale.measure import metered
from shared import clock, ids
from shared.db import enrollments
from shared.db.entities import Course
from shared.errors import DomainError
from shared.lifecycle import Role
from shared.tokens import Caller

_PAGE = 100
_CALLS = 2


@dataclass(frozen=True)
class Rush:
    """`retries`: calls beyond a read and a transaction for each enrollment; `found`: enrollments there afterwards."""

    wanted: int
    refused: int
    found: int
    retries: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"hot course: {self.found} of {self.wanted} enrolled, {self.refused} refused, {self.retries} retries, "
            f"{self.wanted / self.seconds:.0f} a second"
        )


def rush(course: Course, learners: int, threads: int) -> Rush:
    """So many new learners enroll in the course, which is free, from so many threads, as fast as it goes."""
    before = enrolled(course)
    began = time.perf_counter()
    with metered() as spent, ThreadPoolExecutor(threads) as pool:
        refused = sum(pool.map(_refused, itertools.repeat(course.course_id, learners)))
    seconds = time.perf_counter() - began
    return Rush(learners, refused, enrolled(course) - before, spent.calls.total() - _CALLS * learners, seconds)


def _refused(course_id: str) -> bool:
    now = clock.now()
    caller = Caller(ids.user(), Role.STUDENT, "In a hurry", ids.session(), now - timedelta(seconds=1))
    try:
        service.enroll(caller, course_id)
    except DomainError:
        return True
    return False


def enrolled(course: Course) -> int:
    """How many enrollments the course's index has."""
    found, start = 0, None
    while True:
        page, start = enrollments.list_of_course(course.course_id, _PAGE, start)
        found += len(page)
        if start is None:
            return found
