"""The dev command as a person uses it: start, stop, kill, start again; with tiny handlers instead of the product's."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import processes
from local.engine import ROOT, aws_client
from local.running import read_running_stack
from local.waiting import wait_until
from tests.local.shop import write_shop

PROMPT_SECONDS = 15
"""What a person would still call at once on a machine that is busy with something else."""

PROGRAM = """
import functools, sys
import local.stack
from local.code import Code
sys.path.insert(0, {folder!r})
local.stack.Code = functools.partial(Code, "shop_dev.manifest", ("shop_dev", "shared"))
from cli.dev import command
command(port={port}, seed=0)
"""


class Dev:
    """One run of the command with its output."""

    def __init__(self, folder: Path, port: int = 0, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        write_shop(folder, "shop_dev")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("LMS_", "AWS_", "TMPDIR"))}
        (folder / "tmp").mkdir(exist_ok=True)
        self.lines: list[str] = []
        with processes.started(
            [sys.executable, "-W", "error", "-c", PROGRAM.format(folder=str(folder), port=port)],
            cwd=ROOT,
            env={**clean, "LMS_LOCAL_DIR": str(folder / "local"), "TMPDIR": str(folder / "tmp"), **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as self.process:
            pass

    def ready(self) -> str:
        """The URL of the one line that says so."""
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))
            if line.startswith("ready "):
                return str(line.split()[1])
        raise AssertionError("\n".join(self.lines))

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str, float]:
        """Exit code, the rest of the output, seconds."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(how)
        rest, _ = self.process.communicate(timeout=60)
        return self.process.returncode, rest, time.monotonic() - started

    def env(self) -> dict[str, str]:
        found = read_running_stack(self.folder / "local")
        assert found is not None
        env: dict[str, str] = found["env"]
        return env

    def left_behind(self) -> list[str]:
        return [path.name for path in (self.folder / "tmp").iterdir()]

    def processes(self) -> list[str]:
        """Command lines of the processes of this run that are alive, or were not waited for: Linux tells, others
        none."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it ended meanwhile, or is another user's
                if f"TMPDIR={self.folder / 'tmp'}".encode() in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_text().replace("\0", " "))
        return found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Dev]]:
    runs: list[Dev] = []
    yield runs
    with ExitStack() as closing:
        for run in runs:
            closing.callback(run.end, signal.SIGKILL)


def put(env: dict[str, str], name: str) -> None:
    with closing(aws_client("dynamodb", env["LMS_DYNAMODB_ENDPOINT"])) as dynamodb:
        dynamodb.put_item(TableName="lectern", Item={"pk": {"S": name}, "sk": {"S": "-"}})


def stored(env: dict[str, str]) -> list[Any]:
    with closing(aws_client("dynamodb", env["LMS_DYNAMODB_ENDPOINT"])) as dynamodb:
        return sorted(item["pk"]["S"] for item in dynamodb.scan(TableName="lectern")["Items"])


def listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


def addresses(env: dict[str, str]) -> list[str]:
    return [
        env["LMS_PUBLIC_URL"],
        env["LMS_DYNAMODB_ENDPOINT"],
        env["LMS_RAZORPAY_BASE_URL"],
        env["LMS_CLOUDINARY_UPLOAD_BASE_URL"],
    ]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_serves_and_stops_leaving_nothing(tmp_path: Path, started: list[Dev], how: signal.Signals) -> None:
    run = Dev(tmp_path)
    started.append(run)
    url = run.ready()
    assert httpx.get(f"{url}/api/version").json() == {"version": 1}
    assert [line for line in run.lines if line.startswith("ready")] == [f"ready {url}"]
    env = run.env()
    assert [listens(address) for address in addresses(env)] == [True] * 4

    code, rest, seconds = run.end(how)

    assert (code, rest.splitlines()[-1]) == (0, "stopped")
    assert seconds < PROMPT_SECONDS
    assert [listens(address) for address in addresses(env)] == [False] * 4
    assert run.left_behind() == []
    assert read_running_stack(tmp_path / "local") is None


def test_data_and_addresses_are_kept_between_two_runs(tmp_path: Path, started: list[Dev]) -> None:
    first = Dev(tmp_path)
    started.append(first)
    first.ready()
    before = first.env()
    put(before, "kept")
    assert first.end()[0] == 0

    second = Dev(tmp_path)
    started.append(second)
    second.ready()
    after = second.env()
    assert stored(after) == ["kept"]
    assert [line for line in second.lines if line.startswith("restored 1 items as they were saved at ")] != []
    for name in ("LMS_RAZORPAY_BASE_URL", "LMS_CLOUDINARY_UPLOAD_BASE_URL", "LMS_JWT_PRIVATE_KEY"):
        assert after[name] == before[name]


def test_after_a_kill_nothing_listens_and_the_last_save_is_there(tmp_path: Path, started: list[Dev]) -> None:
    first = Dev(tmp_path)
    started.append(first)
    first.ready()
    env = first.env()
    put(env, "a")
    assert wait_until((tmp_path / "local" / "data.jsonl.gz").exists)
    first.end(signal.SIGKILL)
    wait_until(lambda: not any(map(listens, addresses(env))))
    assert [listens(address) for address in addresses(env)] == [False] * 4
    wait_until(lambda: not first.processes())
    assert first.processes() == []
    assert [name for name in first.left_behind() if name.startswith("lectern")] == []
    assert read_running_stack(tmp_path / "local") is None

    second = Dev(tmp_path)
    started.append(second)
    second.ready()
    assert stored(second.env()) == ["a"]


@pytest.mark.parametrize("after", [0.05, 0.2, 0.4, 0.6, 0.9, 1.2])
def test_it_can_be_stopped_while_it_starts(tmp_path: Path, started: list[Dev], after: float) -> None:
    run = Dev(tmp_path)
    started.append(run)
    time.sleep(0.3 + after)  # the interpreter itself needs a moment before there is anything to stop
    code, rest, seconds = run.end(signal.SIGTERM)
    assert seconds < PROMPT_SECONDS
    assert run.processes() == []
    assert run.left_behind() == []
    assert "Traceback" not in rest
    assert code in (0, -signal.SIGTERM)


def test_a_taken_port_is_a_sentence(tmp_path: Path, started: list[Dev]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = Dev(tmp_path, port)
        started.append(run)
        rest, _ = run.process.communicate(timeout=60)
    sentence = f"port {port} is taken by another program: choose another one, as in `PORT=8001`\n"
    assert (run.process.returncode, rest) == (2, sentence)


def test_an_unusable_setting_is_a_sentence(tmp_path: Path, started: list[Dev]) -> None:
    run = Dev(tmp_path, env={"LMS_ORDER_WINDOW_SECONDS": "soon"})
    started.append(run)
    rest, _ = run.process.communicate(timeout=60)
    sentence = "LMS_ORDER_WINDOW_SECONDS must be a whole number from 1 to 604800, not 'soon'\n"
    assert (run.process.returncode, rest) == (2, sentence)
    assert run.left_behind() == []


def test_a_second_instance_runs_beside_the_first(tmp_path: Path, started: list[Dev]) -> None:
    first = Dev(tmp_path)
    started.append(first)
    first_url = first.ready()
    second = Dev(tmp_path)
    started.append(second)
    second_url = second.ready()
    assert second_url != first_url
    assert second.lines[0] == (
        "another instance runs from this clone and keeps the data; this one forgets its own when it stops"
    )
    found = read_running_stack(tmp_path / "local")
    assert found is not None
    assert found["url"] == first_url
    assert second.end()[0] == 0
    assert first.end()[0] == 0
    assert first.left_behind() == []


def test_a_hanging_handler_does_not_keep_it_alive(tmp_path: Path, started: list[Dev]) -> None:
    run = Dev(tmp_path)
    started.append(run)
    url = run.ready()
    with pytest.raises(httpx.TimeoutException):
        httpx.get(f"{url}/api/slow?100", timeout=0.3)
    code, _, seconds = run.end()
    assert code == 0
    assert seconds < PROMPT_SECONDS
