"""`simulate` as CI meets it: what it prints, and when it fails."""

from pathlib import Path
from typing import Any

import pytest

from cli import simulate
from local.simulation import runner
from local.simulation.history import HistoryResult
from local.simulation.mutants import PLANTED_BUGS, planted_bug
from local.simulation.runner import Report, explore
from shared.invariants.ledger import Breach
from tests.commands import run

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"
BROKEN = HistoryResult(
    7, "no sweep", [Breach("I1", "order_1", "499 captured, and no enrollment rests on it")], "at rest"
)
SHOWS = {"keeps a duplicate": "1"}
"""A bug, and a history in which it does harm."""


def reporting(monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    monkeypatch.setattr(runner, "explore", lambda *_, **__: report)


def test_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    reporting(monkeypatch, Report(2_000, found={"keeps a duplicate": BROKEN}))
    code, told = run(simulate.command)
    assert code == 0
    assert told.splitlines() == [
        "planted: keeps a duplicate > seed 7 (no sweep): I1 order_1: 499 captured, and no enrollment rests on it",
        "histories: 2000, violations: 0, planted bugs found: 1 of 1",
    ]


def test_a_planted_bug_that_is_not_found_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    reporting(monkeypatch, Report(2_000, found={"keeps a duplicate": BROKEN, "adopts nothing": None}))
    code, told = run(simulate.command)
    assert code == 1
    assert told.splitlines()[1:] == [
        "planted: adopts nothing > not found",
        "histories: 2000, violations: 0, planted bugs found: 1 of 2",
    ]


def test_a_violation_fails_the_command_and_tells_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    reporting(monkeypatch, Report(2_000, violations=[BROKEN]))
    code, told = run(simulate.command)
    assert code == 1
    assert "seed 7, no sweep" in told
    assert "broken at rest: I1 order_1: 499 captured" in told
    assert told.splitlines()[-1] == "histories: 2000, violations: 1"


def test_a_violation_is_told_at_once_and_only_once(capsys: pytest.CaptureFixture[str]) -> None:
    progress, report = simulate._Progress(2_000), Report(25, violations=[BROKEN])
    progress(report)
    progress(report)
    assert capsys.readouterr().err.splitlines() == [
        "broken at rest, seed 7: I1 order_1: 499 captured, and no enrollment rests on it"
    ]


@pytest.mark.parametrize("bug", SHOWS)
def test_a_replay_tells_everything_that_was_done(bug: str) -> None:
    whole, told = run(simulate.command, "--seed", SHOWS[bug])
    assert (whole, "nothing broken" in told) == (0, True)
    with planted_bug(bug):
        broken, told = run(simulate.command, "--seed", SHOWS[bug])
    assert broken == 1
    assert "POST /api/payments/create-order" in told
    assert "broken at rest: I1 order_" in told


def test_workers_play_and_hunt() -> None:
    told: list[Any] = []
    report = explore(range(30, 56), bugs=tuple(SHOWS), workers=1, progress=told.append)
    assert str(report) == "histories: 26, violations: 0, planted bugs found: 1 of 1"
    assert report.clean
    assert len(told) == 3


def test_the_page_names_every_planted_bug() -> None:
    rows = PAGE.read_text().split("## Planted bugs")[1].split("##")[0].splitlines()[5:]
    told = [name for row in rows if row.startswith("|") for name in row.split("|")[2].strip().split("; ")]
    assert sorted(told) == sorted(PLANTED_BUGS)
    assert len(told) == 37
