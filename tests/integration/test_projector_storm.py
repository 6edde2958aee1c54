"""A storm of everything that counts, from 32 threads, while the projector is killed, restarted and fed duplicates."""

import itertools
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from functions.dashboards import recount
from functions.dashboards.projector_handler import lambda_handler
from local.engine import Engine
from local.streams import StreamPump
from shared import clock, ids
from shared.db import counting, listing
from shared.lifecycle import CourseStatus, EnrollmentStatus, PaymentStatus
from tests import stored

THREADS = 32


class Killed(BaseException):
    """Not an Exception: nothing in the projector may catch it, as nothing catches a kill."""


def test_32_threads_while_the_projector_is_killed_and_restarted(
    engine: Engine, table: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A killed projector leaves nothing but its last transaction; the next one reads the stream from its beginning."""
    seed = random.randrange(10**6)
    storm_is_over = Event()
    courses = [stored.course(ids.user(), amount=500, status=CourseStatus.DRAFT, published_at=None) for _ in range(4)]
    lessons = {course.course_id: stored.outline(course, 2) for course in courses}
    real = {(module, name): getattr(module, name) for module, name in ((counting, "_write"), (listing, "_write"))}

    writes = itertools.count(1)

    def mortal(step: Any) -> Any:
        def dying(*arguments: Any) -> Any:
            number = next(writes)
            if number % 14 == 5:
                raise Killed
            answer = step(*arguments)
            if number % 14 == 11:
                raise Killed
            return answer

        return dying

    def anyone(number: int) -> None:
        chance = random.Random(seed + number)
        course, person, at = chance.choice(courses), ids.user(), clock.now()
        enrollment = stored.enrollment(person, course, EnrollmentStatus.PENDING)
        payment = stored.payment(person, course, chance.randrange(100, 10**5), captured_amount=0, captured_at=None)
        stored.change(payment, captured_amount=payment.amount, captured_at=at, status=PaymentStatus.CAPTURED)
        stored.change(enrollment, status=EnrollmentStatus.ACTIVE, activated_at=at)
        stored.progress(person, course, lessons[course.course_id])
        stored.change(enrollment, status=EnrollmentStatus.COMPLETED, completed_at=at)
        if number % 3 == 0:
            stored.change(payment, refunded_amount=payment.amount, status=PaymentStatus.REFUNDED)
            stored.change(enrollment, status=EnrollmentStatus.CANCELLED)
        if number % 5 == 0:
            published = chance.random() < 0.7
            stored.change(course, status=CourseStatus.PUBLISHED if published else CourseStatus.DRAFT, published_at=at)

    def projectors() -> int:
        """One after the other, each from the beginning; how many were killed."""
        killed = 0
        while not storm_is_over.is_set():
            pump = StreamPump(engine.endpoint, table, lambda_handler)
            try:
                while not storm_is_over.is_set():
                    pump.drain(seconds=1)
            except Killed:
                killed += 1
            finally:
                pump.stop()
        return killed

    with monkeypatch.context() as patched:
        for (module, name), step in real.items():
            patched.setattr(module, name, mortal(step))
        with ThreadPoolExecutor(THREADS + 1) as threads:
            projecting = threads.submit(projectors)
            list(threads.map(anyone, range(THREADS)))
            storm_is_over.set()
            killed = projecting.result()
    pump = StreamPump(engine.endpoint, table, lambda_handler)
    pump.drain()
    pump.stop()
    report = recount.report()
    with capsys.disabled():
        sys.stdout.write(f"\n{killed} projectors killed, seed {seed}\n")
        for row in report.every:
            if not row.figure.startswith(("listed at", "card ", "payment ", "done in", "courses of")):
                sys.stdout.write(f"  {row.figure}: {row.dashboards}, recounted {row.recounted}\n")
    if not report.equal:
        pytest.fail(f"seed {seed}: " + "\n".join(map(str, report.rows[:10])))
    assert report.compared > 100
    assert killed > 0
