"""Child processes are ended and waited for, also when an interrupt occurs during their start."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from local import interrupts, processes
from local.dynamodb.engine import Engine, launch_engine, start_engine
from local.paths import ROOT


def program(code: str) -> list[str]:
    return [sys.executable, "-c", code]


SLEEPS = program("import time; time.sleep(600)")
READS = program("import sys; sys.stdin.read()")
IGNORES = program(
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
)
WATCHED = [
    *(sys.executable, "-m", "local.dynamodb.parent_watchdog"),
    *program("import os, time; print(os.getpid(), flush=True); time.sleep(600)"),
]


@pytest.fixture(autouse=True)
def _interrupts_raise() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, as in the dev command."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    yield
    signal.signal(signal.SIGTERM, before)


def interrupt() -> None:
    signal.raise_signal(signal.SIGTERM)


def test_deferred_signal_is_delivered_when_the_block_ends() -> None:
    steps = []

    def work() -> None:
        with interrupts.deferred():
            interrupt()
            steps.append("after the signal")
        steps.append("after the block")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["after the signal"]
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_deferred_signal_in_a_nested_block_waits_for_the_outer_one() -> None:
    steps = []

    def work() -> None:
        with interrupts.deferred():
            with interrupts.deferred():
                interrupt()
            steps.append("after the inner block")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["after the inner block"]


def test_allowed_delivers_a_deferred_signal_before_its_block_begins() -> None:
    with interrupts.deferred():
        interrupt()
        with pytest.raises(KeyboardInterrupt), interrupts.allowed():
            pytest.fail("the block was entered")


def test_allowed_delivers_a_signal_immediately() -> None:
    with interrupts.deferred(), pytest.raises(KeyboardInterrupt), interrupts.allowed():
        interrupt()


def test_deferred_has_no_effect_on_ignored_signals_and_in_other_threads() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts.deferred():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    entered = []

    def in_thread() -> None:
        with interrupts.deferred(), interrupts.allowed():
            entered.append(True)

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    assert entered == [True]


def test_started_program_runs_after_the_block_until_end() -> None:
    with processes.started(READS, stdin=subprocess.PIPE) as program:
        pass
    assert program.poll() is None
    processes.end(program)
    processes.end(program)
    assert program.returncode == 0


def test_started_program_is_waited_for_when_the_block_raises() -> None:
    with pytest.raises(KeyboardInterrupt), processes.started(SLEEPS) as program:
        interrupt()
    assert program.returncode == -signal.SIGTERM


def test_running_program_is_waited_for_after_the_block() -> None:
    with processes.running(SLEEPS) as program:
        assert program.poll() is None
    assert program.returncode == -signal.SIGTERM


def test_end_of_a_program_that_ignores_sigterm_kills_it() -> None:
    with processes.started(IGNORES, stdout=subprocess.PIPE) as program:
        assert program.stdout
        program.stdout.readline()
    processes.end(program, patience_seconds=0.1)
    assert program.returncode == -signal.SIGKILL
    assert program.stdout.closed


def test_interrupt_inside_popen_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[call-overload]
            started.append(self)
            interrupt()

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt), processes.started(SLEEPS):
        pytest.fail("the block was entered")
    assert [process.returncode for process in started] == [-signal.SIGTERM]


@pytest.mark.parametrize("start", [launch_engine, start_engine])
def test_engine_whose_start_is_interrupted_is_waited_for(
    start: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    started: list[subprocess.Popen[str]] = []

    class Interrupted(subprocess.Popen[str]):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[call-overload]
            started.append(self)
            interrupt()

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        start()
    assert [process.returncode for process in started] == [0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_parent_watchdog_kills_its_program_on_signal(signal_number: signal.Signals) -> None:
    with processes.running(
        WATCHED, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as watchdog:
        assert watchdog.stdout
        program = int(watchdog.stdout.readline())
        watchdog.send_signal(signal_number)
        assert watchdog.wait(60) == (-signal.SIGKILL & 0xFF)
        with pytest.raises(ProcessLookupError):
            os.kill(program, 0)


def test_only_processes_and_parent_watchdog_call_popen() -> None:
    files = [file for folder in ("cli", "infra", "local", "tests") for file in (ROOT / folder).rglob("*.py")]
    starting = {str(file.relative_to(ROOT)) for file in files if re.search(r"\bPopen\(", file.read_text())}
    assert starting == {"local/processes.py", "local/dynamodb/parent_watchdog.py"}
