"""`python -m cli dev` as a process: start, stop, kill and restart it, with sample handlers instead of the product's."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import processes
from local.dynamodb.engine import aws_client
from local.paths import ROOT
from local.running_stack import read_running_stack
from local.waiting import wait_until
from tests.local.api_gateway.sample_handlers import write_sample_package

PROMPT_SECONDS = 15
"""The longest acceptable stop on a busy machine."""

PROGRAM = """
import functools, sys
import local.stack
from local.handler_loader import HandlerLoader
sys.path.insert(0, {folder!r})
local.stack.HandlerLoader = functools.partial(HandlerLoader, "shop_dev.manifest", ("shop_dev", "shared"))
from cli.dev import command
command(port={port}, seed=0)
"""


class DevProcess:
    """One run of the command with its output."""

    def __init__(
        self, folder: Path, port: int = 0, env: Mapping[str, str] | None = None, *, ignored_warnings: Sequence[str] = ()
    ) -> None:
        self.folder = folder
        filters = [option for name in ignored_warnings for option in ("-W", f"ignore::{name}")]
        write_sample_package(folder, "shop_dev")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("LMS_", "AWS_", "TMPDIR"))}
        (folder / "tmp").mkdir(exist_ok=True)
        self.lines: list[str] = []
        with processes.started(
            [sys.executable, "-W", "error", *filters, "-c", PROGRAM.format(folder=str(folder), port=port)],
            cwd=ROOT,
            env={**clean, "LMS_LOCAL_DIR": str(folder / "local"), "TMPDIR": str(folder / "tmp"), **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as self.process:
            pass

    def wait_until_ready(self) -> str:
        """The URL of the line "ready URL"."""
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))
            if line.startswith("ready "):
                return str(line.split()[1])
        raise AssertionError("\n".join(self.lines))

    def stop(self, signal_number: signal.Signals = signal.SIGINT) -> tuple[int, str, float]:
        """(exit code, rest of the output, duration in seconds)."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        rest, _ = self.process.communicate(timeout=60)
        return self.process.returncode, rest, time.monotonic() - started

    def env(self) -> dict[str, str]:
        found = read_running_stack(self.folder / "local")
        assert found is not None
        env: dict[str, str] = found["env"]
        return env

    def leftover_files(self) -> list[str]:
        return [path.name for path in (self.folder / "tmp").iterdir()]

    def processes(self) -> list[str]:
        """Command lines of the processes of this run that are alive or were not waited for; empty on other systems
        than Linux."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # the process has ended, or belongs to another user
                if f"TMPDIR={self.folder / 'tmp'}".encode() in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_text().replace("\0", " "))
        return found


@pytest.fixture
def dev_processes(tmp_path: Path) -> Iterator[list[DevProcess]]:
    runs: list[DevProcess] = []
    yield runs
    with ExitStack() as exit_stack:
        for run in runs:
            exit_stack.callback(run.stop, signal.SIGKILL)


def put(env: dict[str, str], name: str) -> None:
    with closing(aws_client("dynamodb", env["LMS_DYNAMODB_ENDPOINT"])) as dynamodb:
        dynamodb.put_item(TableName="lectern", Item={"pk": {"S": name}, "sk": {"S": "-"}})


def stored(env: dict[str, str]) -> list[Any]:
    with closing(aws_client("dynamodb", env["LMS_DYNAMODB_ENDPOINT"])) as dynamodb:
        return sorted(item["pk"]["S"] for item in dynamodb.scan(TableName="lectern")["Items"])


def accepts_connections(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


def addresses(env: dict[str, str]) -> list[str]:
    return [
        env["LMS_PUBLIC_URL"],
        env["LMS_DYNAMODB_ENDPOINT"],
        env["LMS_RAZORPAY_BASE_URL"],
        env["LMS_CLOUDINARY_UPLOAD_BASE_URL"],
    ]


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_dev_serves_and_stops_on_signal_leaving_no_process_or_file(
    tmp_path: Path, dev_processes: list[DevProcess], signal_number: signal.Signals
) -> None:
    run = DevProcess(tmp_path)
    dev_processes.append(run)
    url = run.wait_until_ready()
    assert httpx.get(f"{url}/api/version").json() == {"version": 1}
    assert [line for line in run.lines if line.startswith("ready")] == [f"ready {url}"]
    env = run.env()
    assert [accepts_connections(address) for address in addresses(env)] == [True] * 4

    code, rest, seconds = run.stop(signal_number)

    assert (code, rest.splitlines()[-1]) == (0, "stopped")
    assert seconds < PROMPT_SECONDS
    assert [accepts_connections(address) for address in addresses(env)] == [False] * 4
    assert run.leftover_files() == []
    assert read_running_stack(tmp_path / "local") is None


def test_dev_restart_keeps_data_and_addresses(tmp_path: Path, dev_processes: list[DevProcess]) -> None:
    first = DevProcess(tmp_path)
    dev_processes.append(first)
    first.wait_until_ready()
    before = first.env()
    put(before, "kept")
    assert first.stop()[0] == 0

    second = DevProcess(tmp_path)
    dev_processes.append(second)
    second.wait_until_ready()
    after = second.env()
    assert stored(after) == ["kept"]
    assert [line for line in second.lines if line.startswith("restored 1 items saved at ")] != []
    for name in ("LMS_RAZORPAY_BASE_URL", "LMS_CLOUDINARY_UPLOAD_BASE_URL", "LMS_JWT_PRIVATE_KEY"):
        assert after[name] == before[name]


def test_dev_after_sigkill_restores_the_last_saved_data(tmp_path: Path, dev_processes: list[DevProcess]) -> None:
    first = DevProcess(tmp_path)
    dev_processes.append(first)
    first.wait_until_ready()
    env = first.env()
    put(env, "a")
    assert wait_until((tmp_path / "local" / "data.jsonl.gz").exists)
    first.stop(signal.SIGKILL)
    wait_until(lambda: not any(map(accepts_connections, addresses(env))))
    assert [accepts_connections(address) for address in addresses(env)] == [False] * 4
    wait_until(lambda: not first.processes())
    assert first.processes() == []
    assert [name for name in first.leftover_files() if name.startswith("lectern")] == []
    assert read_running_stack(tmp_path / "local") is None

    second = DevProcess(tmp_path)
    dev_processes.append(second)
    second.wait_until_ready()
    assert stored(second.env()) == ["a"]


@pytest.mark.parametrize("delay_seconds", [0.05, 0.2, 0.4, 0.6, 0.9, 1.2])
def test_dev_can_be_stopped_during_startup(
    tmp_path: Path, dev_processes: list[DevProcess], delay_seconds: float
) -> None:
    # An interrupt while a library reads a file leaves that file to the garbage collector, which warns.
    run = DevProcess(tmp_path, ignored_warnings=["ResourceWarning"])
    dev_processes.append(run)
    time.sleep(0.3 + delay_seconds)  # the interpreter needs 0.3 s before the command starts
    code, rest, seconds = run.stop(signal.SIGTERM)
    assert seconds < PROMPT_SECONDS
    assert run.processes() == []
    assert run.leftover_files() == []
    assert "Traceback" not in rest
    assert code in (0, -signal.SIGTERM)


def test_dev_with_taken_port_exits_2_with_a_message(tmp_path: Path, dev_processes: list[DevProcess]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = DevProcess(tmp_path, port)
        dev_processes.append(run)
        rest, _ = run.process.communicate(timeout=60)
    message = f"port {port} is taken by another program: choose another one, as in `PORT=8001`\n"
    assert (run.process.returncode, rest) == (2, message)


def test_dev_with_unusable_setting_exits_2_with_a_message(tmp_path: Path, dev_processes: list[DevProcess]) -> None:
    run = DevProcess(tmp_path, env={"LMS_ORDER_WINDOW_SECONDS": "soon"})
    dev_processes.append(run)
    rest, _ = run.process.communicate(timeout=60)
    message = "LMS_ORDER_WINDOW_SECONDS must be a whole number from 1 to 604800, not 'soon'\n"
    assert (run.process.returncode, rest) == (2, message)
    assert run.leftover_files() == []


def test_dev_second_instance_runs_in_parallel_without_saving_data(
    tmp_path: Path, dev_processes: list[DevProcess]
) -> None:
    first = DevProcess(tmp_path)
    dev_processes.append(first)
    first_url = first.wait_until_ready()
    second = DevProcess(tmp_path)
    dev_processes.append(second)
    second_url = second.wait_until_ready()
    assert second_url != first_url
    assert second.lines[0] == (
        "another instance of this clone is running and owns the data; this one discards its data when it stops"
    )
    found = read_running_stack(tmp_path / "local")
    assert found is not None
    assert found["url"] == first_url
    assert second.stop()[0] == 0
    assert first.stop()[0] == 0
    assert first.leftover_files() == []


def test_dev_stops_within_3_s_despite_a_hanging_handler(tmp_path: Path, dev_processes: list[DevProcess]) -> None:
    run = DevProcess(tmp_path)
    dev_processes.append(run)
    url = run.wait_until_ready()
    with pytest.raises(httpx.TimeoutException):
        httpx.get(f"{url}/api/slow?100", timeout=0.3)
    code, _, seconds = run.stop()
    assert code == 0
    assert seconds < PROMPT_SECONDS
