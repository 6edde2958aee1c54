"""A soak test of seconds: concurrent learners on a real engine, through the fault proxy."""

import os

import pytest

from tests.fault_injection.conftest import FULL_RUN


@pytest.mark.timeout(300)
@pytest.mark.skipif(not FULL_RUN, reason="needs the proxy: make test-engines")
def test_soak_against_failing_database_leaves_both_ledgers_equal() -> None:
    from tests.load.soak.run import run_soak

    lines: list[str] = []
    passed = run_soak(os.environ["LMS_TEST_ENGINE"], 15, 10, 1, lines.append)
    assert passed, "\n".join(lines)
    assert any(line.startswith("captured ") and line.endswith("ok") for line in lines)
