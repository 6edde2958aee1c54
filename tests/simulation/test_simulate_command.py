"""The simulation command: output and exit codes."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from functions.payments.invariants.ledger import Breach
from tests.fixtures.cli_runner import run_command
from tests.simulation import command, runner
from tests.simulation.checks.transitions import ALLOWED_TRANSITIONS
from tests.simulation.history import HistoryResult
from tests.simulation.planted_bugs import PLANTED_BUGS, planted_bug
from tests.simulation.runner import Report, explore

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"
BROKEN_RESULT = HistoryResult(7, "no sweep", [Breach("I1", "order_1", "499 captured without access")], "at rest")
EVERY_TRANSITION = Counter(ALLOWED_TRANSITIONS)
SEED_BY_BUG = {"keeps a duplicate capture": "0"}
"""A planted bug, and the seed of a history that it breaks."""


def patch_report(monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    monkeypatch.setattr(runner, "explore", lambda *_, **__: report)


def test_simulate_clean_report_exits_0(monkeypatch: pytest.MonkeyPatch) -> None:
    patch_report(
        monkeypatch, Report(2_000, found={"keeps a duplicate capture": BROKEN_RESULT}, transitions=EVERY_TRANSITION)
    )
    code, output = run_command(command.command)
    assert code == 0
    lines = [line for line in output.splitlines() if not line.startswith("seen:")]
    assert lines == [
        "planted: keeps a duplicate capture > seed 7 (no sweep): I1 order_1: 499 captured without access",
        "histories: 2000, violations: 0, planted bugs found: 1 of 1",
    ]


def test_simulate_prints_state_changes_and_exits_1_when_2000_histories_lack_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = EVERY_TRANSITION - Counter({"payment refunded > captured": 1, "payment pending > failed": 1})
    patch_report(monkeypatch, Report(2_000, transitions=seen + Counter({"payment pending > failed": 1_234})))
    code, output = run_command(command.command)
    assert code == 1
    shown = [line for line in output.splitlines() if line.startswith("seen:")]
    assert "seen:       1,234  payment pending > failed" in shown
    assert shown[-1] == "seen:       never  payment refunded > captured"
    assert len(shown) == len(ALLOWED_TRANSITIONS) == 22


def test_simulate_fewer_histories_may_lack_state_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    patch_report(monkeypatch, Report(1_999))
    assert run_command(command.command)[0] == 0


def test_simulate_prints_how_often_each_action_was_played(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Counter({"dispute won": 1_234, "buys": 5, "dispute closed": 0})
    patch_report(monkeypatch, Report(2_000, played=played, transitions=EVERY_TRANSITION))
    code, output = run_command(command.command)
    assert code == 0
    assert [line for line in output.splitlines() if not line.startswith("seen:")] == [
        "played:         5  buys",
        "played:     1,234  dispute won",
        "histories: 2000, violations: 0",
    ]


def test_simulate_undetected_planted_bug_exits_1(monkeypatch: pytest.MonkeyPatch) -> None:
    patch_report(
        monkeypatch,
        Report(2_000, found={"keeps a duplicate capture": BROKEN_RESULT, "adopts no orphaned orders": None}),
    )
    code, output = run_command(command.command)
    assert code == 1
    assert output.splitlines()[1] == "planted: adopts no orphaned orders > not found"
    assert output.splitlines()[-1] == "histories: 2000, violations: 0, planted bugs found: 1 of 2"


def test_simulate_violation_exits_1_and_prints_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    patch_report(monkeypatch, Report(2_000, violations=[BROKEN_RESULT]))
    code, output = run_command(command.command)
    assert code == 1
    assert "seed 7, no sweep" in output
    assert "violation at rest: I1 order_1: 499 captured" in output
    assert output.splitlines()[-1] == "histories: 2000, violations: 1"


def test_simulate_progress_prints_each_violation_once(capsys: pytest.CaptureFixture[str]) -> None:
    progress, report = command._Progress(2_000), Report(25, violations=[BROKEN_RESULT])
    progress(report)
    progress(report)
    assert capsys.readouterr().err.splitlines() == [
        "violation at rest, seed 7: I1 order_1: 499 captured without access"
    ]


@pytest.mark.parametrize("bug", SEED_BY_BUG)
def test_simulate_seed_with_planted_bug_prints_trace_and_exits_1(bug: str) -> None:
    code, output = run_command(command.command, "--seed", SEED_BY_BUG[bug])
    assert (code, "no violation" in output) == (0, True)
    with planted_bug(bug):
        code, output = run_command(command.command, "--seed", SEED_BY_BUG[bug])
    assert code == 1
    assert "POST /api/payments/create-order" in output
    assert re.search(r"^violation (while running|at rest): I\d+ order_", output, re.MULTILINE)


def test_explore_one_worker_reports_histories_and_planted_bugs() -> None:
    reports: list[Any] = []
    report = explore(range(30, 56), bugs=tuple(SEED_BY_BUG), workers=1, progress=reports.append)
    assert str(report) == "histories: 26, violations: 0, planted bugs found: 1 of 1"
    assert report.clean
    assert len(reports) == 3


def test_simulation_page_lists_every_planted_bug() -> None:
    rows = PAGE.read_text().split("## Planted bugs")[1].split("##")[0].splitlines()[5:]
    listed = [name for row in rows if row.startswith("|") for name in row.split("|")[2].strip().split("; ")]
    assert sorted(listed) == sorted(PLANTED_BUGS)
    assert len(listed) == 61
