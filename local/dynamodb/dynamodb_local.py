"""Run Amazon's DynamoDB Local: stricter and slower than the engine of `local/dynamodb/engine.py`; tests use both.

`make test-engines` downloads it into `.cache/`. It needs Java 17 and a C compiler: the server listens on every
interface and has no setting for that, so `loopback.c` is compiled and preloaded. Where that fails, it is not started.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from local import interrupts, processes
from local.dynamodb.engine import Engine, free_port
from local.paths import ROOT

INSTALL_FOLDER: Final = ROOT / ".cache" / "dynamodb-local"
_SHIM_FILE: Final = ROOT / ".cache" / "loopback.so"
_SECONDS_TO_START: Final = 120


class EngineUnavailable(RuntimeError):
    """DynamoDB Local cannot run on this machine. The message says why."""


def start_dynamodb_local() -> Engine:
    """An empty in-memory database on a free loopback port; it ends with this process.

    Raises EngineUnavailable when Java, the C compiler or the program itself is missing, or when it cannot be confined
    to the loopback interface."""
    java = _require_program("java")
    if not (INSTALL_FOLDER / "DynamoDBLocal.jar").exists():
        raise EngineUnavailable("DynamoDB Local is not installed: `make .cache/dynamodb-local` downloads it")
    port = free_port()
    command = [
        java,
        "-Xmx512m",
        "-Djava.net.preferIPv4Stack=true",
        "-Djava.library.path=./DynamoDBLocal_lib",
        *("-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)),
    ]
    with processes.started(
        [sys.executable, "-m", "local.dynamodb.parent_watchdog", *command],
        cwd=INSTALL_FOLDER,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LD_PRELOAD": str(_compile_shim()), "DDB_LOCAL_TELEMETRY": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        engine = Engine(f"http://127.0.0.1:{port}", process)
        with interrupts.allowed():
            _wait_until_listening(process, port)
            _check_loopback_only(port)
            engine.wait_until_ready()
    return engine


def _require_program(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise EngineUnavailable(f"DynamoDB Local needs `{program}`, which is not installed")
    return found


def _compile_shim() -> Path:
    """The compiled `loopback.c`. Written to a temporary file and renamed: several processes may compile it at once."""
    source = ROOT / "local" / "dynamodb" / "loopback.c"
    if not _SHIM_FILE.exists() or _SHIM_FILE.stat().st_mtime < source.stat().st_mtime:
        _SHIM_FILE.parent.mkdir(exist_ok=True)
        new = _SHIM_FILE.with_suffix(f".{os.getpid()}")
        compiled = subprocess.run(
            [_require_program("cc"), "-shared", "-fPIC", "-O2", "-o", str(new), str(source), "-ldl"],
            capture_output=True,
            text=True,
        )
        if compiled.returncode:
            raise EngineUnavailable(f"DynamoDB Local cannot be confined to loopback: {compiled.stderr.strip()}")
        new.replace(_SHIM_FILE)
    return _SHIM_FILE


def _wait_until_listening(process: "subprocess.Popen[str]", port: int) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise EngineUnavailable("DynamoDB Local did not start; is it Java 17?")


def _check_loopback_only(port: int) -> None:
    """Raise EngineUnavailable unless the listener on `port` is bound to loopback alone: the preloaded library may not
    have taken effect."""
    for table, loopback in (("tcp", "0100007F"), ("tcp6", "0" * 24 + "01000000")):
        try:
            rows = Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]
        except OSError as error:
            raise EngineUnavailable("/proc is needed to check that DynamoDB Local listens on loopback only") from error
        for fields in map(str.split, rows):
            address, _, listening = fields[1].partition(":")
            if fields[3] == "0A" and int(listening, 16) == port and address != loopback:
                raise EngineUnavailable(f"DynamoDB Local listens on an address other than loopback ({address})")
