"""Learners at once, on the real engine, through the real proxy: a soak of seconds."""

import os

import pytest

from tests.fault_injection.conftest import FULL_RUN


@pytest.mark.timeout(300)
@pytest.mark.skipif(not FULL_RUN, reason="needs the proxy: make test-engines")
def test_soak_against_failing_database_leaves_both_ledgers_equal() -> None:
    from tests.load.soak.run import run_soak

    told: list[str] = []
    held = run_soak(os.environ["LMS_TEST_ENGINE"], seconds=15, learners=10, seed=1, say=told.append)
    assert held, "\n".join(told)
    assert any(line.startswith("captured ") and line.endswith("ok") for line in told)
