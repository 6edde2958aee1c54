"""The clock of the local stack."""

import time
from datetime import UTC, datetime, timedelta

from local.local_clock import LocalClock


def test_local_clock_is_that_of_the_machine_until_it_is_moved() -> None:
    before = time.time()
    assert before <= LocalClock().seconds() <= time.time()


def test_local_clock_continues_from_the_moment_it_was_moved_to_and_returns_by_reset() -> None:
    clock, june = LocalClock(), datetime(2026, 6, 13, 3, 30, tzinfo=UTC)
    clock.move_to(june)
    assert timedelta(0) <= clock.now() - june < timedelta(seconds=60)
    clock.move_to(clock.now() + timedelta(seconds=90))
    assert timedelta(seconds=90) <= clock.now() - june < timedelta(seconds=150)
    clock.reset()
    assert abs(clock.seconds() - time.time()) < 60
