"""DynamoDB Local: confined to loopback, ended with its parent process, and not started without its prerequisites."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import processes
from local.dynamodb import dynamodb_local
from local.dynamodb.dynamodb_local import (
    INSTALL_FOLDER,
    EngineUnavailable,
    _check_loopback_only,
    _compile_shim,
    start_dynamodb_local,
)
from local.paths import ROOT
from local.waiting import wait_until
from tests.local.dynamodb.test_engine_process import accepts_connections

NEEDS_JAVA_AND_COMPILER = pytest.mark.skipif(
    not (shutil.which("java") and shutil.which("cc") and INSTALL_FOLDER.exists()),
    reason="needs Java, a C compiler and `make .cache/dynamodb-local`",
)
NEEDS_COMPILER = pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")

BIND_WILDCARD_PROGRAM = """
import socket, sys
with socket.create_server(("0.0.0.0", 0)) as server:
    print(server.getsockname()[0])
with socket.create_server(("::", 0), family=socket.AF_INET6) as server:
    print(server.getsockname()[0])
"""

PARENT_PROGRAM = """
import time
from local.dynamodb.dynamodb_local import start_dynamodb_local
print(start_dynamodb_local().endpoint, flush=True)
time.sleep(100)
"""


@NEEDS_COMPILER
def test_loopback_preload_binds_wildcard_addresses_to_loopback() -> None:
    bound = subprocess.run(
        [sys.executable, "-c", BIND_WILDCARD_PROGRAM],
        env={**os.environ, "LD_PRELOAD": str(_compile_shim())},
        capture_output=True,
        text=True,
        check=True,
    )
    assert bound.stdout.split() == ["127.0.0.1", "::1"]


def test_confinement_check_raises_for_server_on_all_interfaces() -> None:
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        with pytest.raises(EngineUnavailable, match="listens on an address other than loopback"):
            _check_loopback_only(server.getsockname()[1])


@pytest.mark.parametrize("missing", ["java", "cc"])
def test_start_without_java_or_compiler_raises_engine_unavailable(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "DynamoDBLocal.jar").touch()
    monkeypatch.setattr(dynamodb_local, "INSTALL_FOLDER", tmp_path)
    monkeypatch.setattr(dynamodb_local, "_SHIM_FILE", tmp_path / "loopback.so")
    monkeypatch.setattr(shutil, "which", lambda name: None if name == missing else f"/bin/{name}")
    with pytest.raises(EngineUnavailable, match=f"`{missing}`"):
        start_dynamodb_local()


@NEEDS_JAVA_AND_COMPILER
@pytest.mark.timeout(300)
def test_dynamodb_local_exits_when_its_parent_is_killed() -> None:
    with processes.running(
        [sys.executable, "-c", PARENT_PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        endpoint = parent.stdout.readline().strip()
        assert accepts_connections(endpoint)
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
    assert wait_until(lambda: not accepts_connections(endpoint))
