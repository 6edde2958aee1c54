"""Histories: nothing is broken in them, the same seed is the same history, and planted bugs are found."""

import os
import subprocess
import sys

import pytest

from local.simulation.history import mode_of, run_history
from local.simulation.mutants import PLANTED_BUGS, planted_bug
from local.simulation.play import MODES
from local.simulation.stage import Sandbox

REPLAYED = 12
"""A seed with a lost answer, a crash and a refund."""


def test_nothing_is_broken(stage: Sandbox) -> None:
    """A taste of what `make simulate` plays by the thousand."""
    for seed in range(24):
        result = run_history(stage, seed)
        assert not result.breaches, "\n".join([*result.trace, *map(str, result.breaches)])


@pytest.mark.parametrize("seed", [17_266, 17_378, 39_665])
def test_what_was_broken_once_is_not(stage: Sandbox, seed: int) -> None:
    """A refund that had failed, and nobody had told yet, beside one of everything; one that was processed while the
    last messages were being delivered; a reservation that had gone back, beside money of another amount."""
    assert run_history(stage, seed).breaches == []


def test_every_mode_has_its_turn() -> None:
    assert [mode_of(seed) for seed in range(4)] == list(MODES)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_the_same_seed_is_the_same_history(stage: Sandbox, mode: object) -> None:
    first = run_history(stage, REPLAYED, mode, keep_trace=True)  # type: ignore[arg-type]
    run_history(stage, REPLAYED + 1)
    again = run_history(stage, REPLAYED, mode, keep_trace=True)  # type: ignore[arg-type]
    assert again.trace == first.trace
    assert again.digest == first.digest
    assert len(first.trace) > 20


def test_a_history_does_not_depend_on_the_process(stage: Sandbox) -> None:
    here = run_history(stage, REPLAYED, keep_trace=True).digest
    code = f"from local.simulation.runner import replay; print(replay({REPLAYED}).digest)"
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "12345"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == here


@pytest.mark.parametrize(
    "bug", ["keeps a duplicate", "adopts nothing", "expires without asking", "verifies for anybody"]
)
def test_a_planted_bug_is_found(stage: Sandbox, bug: str) -> None:
    """A few, of every kind of messenger; `make simulate` hunts them all."""
    with planted_bug(bug):
        assert any(run_history(stage, seed).breaches for seed in range(100))


def test_nothing_stays_planted(stage: Sandbox) -> None:
    before = run_history(stage, REPLAYED, keep_trace=True).digest
    for bug in PLANTED_BUGS:
        with planted_bug(bug):
            pass
    assert run_history(stage, REPLAYED, keep_trace=True).digest == before


def test_leaving_the_stage_puts_everything_back() -> None:
    from shared import clock, ids
    from shared.db import transaction
    from shared.gateways import razorpay

    before = (os.environ.get("LMS_TABLE_NAME"), transaction.time, razorpay.random, ids.ulid, clock._source)
    with Sandbox() as entered:
        run_history(entered, REPLAYED)
    after = (os.environ.get("LMS_TABLE_NAME"), transaction.time, razorpay.random, ids.ulid, clock._source)
    assert after == before
