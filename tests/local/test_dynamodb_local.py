"""The second engine: confined to this machine, gone with whoever started it, or not started at all."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import dynamodb_local, processes
from local.dynamodb_local import (
    INSTALL_FOLDER,
    EngineUnavailable,
    _check_loopback_only,
    _compile_shim,
    start_dynamodb_local,
)
from local.engine import ROOT
from local.waiting import wait_until
from tests.local.test_engine import answers

HERE = pytest.mark.skipif(
    not (shutil.which("java") and shutil.which("cc") and INSTALL_FOLDER.exists()),
    reason="needs Java, a C compiler and `make .cache/dynamodb-local`",
)
COMPILES = pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")

ANYWHERE = """
import socket, sys
with socket.create_server(("0.0.0.0", 0)) as server:
    print(server.getsockname()[0])
with socket.create_server(("::", 0), family=socket.AF_INET6) as server:
    print(server.getsockname()[0])
"""

PARENT = """
import time
from local.dynamodb_local import start_dynamodb_local
print(start_dynamodb_local().endpoint, flush=True)
time.sleep(100)
"""


@COMPILES
def test_what_is_preloaded_binds_to_this_machine_alone() -> None:
    bound = subprocess.run(
        [sys.executable, "-c", ANYWHERE],
        env={**os.environ, "LD_PRELOAD": str(_compile_shim())},
        capture_output=True,
        text=True,
        check=True,
    )
    assert bound.stdout.split() == ["127.0.0.1", "::1"]


def test_a_server_that_others_can_reach_is_found_out() -> None:
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        with pytest.raises(EngineUnavailable, match="listens beyond this machine"):
            _check_loopback_only(server.getsockname()[1])


@pytest.mark.parametrize("missing", ["java", "cc"])
def test_without_what_it_needs_it_is_not_started(missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "DynamoDBLocal.jar").touch()
    monkeypatch.setattr(dynamodb_local, "INSTALL_FOLDER", tmp_path)
    monkeypatch.setattr(dynamodb_local, "_SHIM_FILE", tmp_path / "loopback.so")
    monkeypatch.setattr(shutil, "which", lambda name: None if name == missing else f"/bin/{name}")
    with pytest.raises(EngineUnavailable, match=f"`{missing}`"):
        start_dynamodb_local()


@HERE
@pytest.mark.timeout(300)
def test_it_ends_with_a_parent_that_was_killed() -> None:
    with processes.running([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        endpoint = parent.stdout.readline().strip()
        assert answers(endpoint)
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
    assert wait_until(lambda: not answers(endpoint))
