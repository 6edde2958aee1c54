"""The local database: the schema of its table, bound to loopback only, ended with its parent process."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local import processes
from local.dynamodb.engine import Engine, aws_client, create_table, start_engine
from local.paths import ROOT
from local.waiting import wait_until

ON_LINUX = pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="reads /proc")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    running = start_engine()
    yield running
    running.stop()


def accepts_connections(endpoint: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(endpoint.rpartition(":")[2]))) == 0


def test_create_table_creates_the_deployed_schema(engine: Engine) -> None:
    assert create_table(engine.endpoint, "exact") is True
    with closing(aws_client("dynamodb", engine.endpoint)) as dynamodb:
        table = dynamodb.describe_table(TableName="exact")["Table"]
        expiry = dynamodb.describe_time_to_live(TableName="exact")["TimeToLiveDescription"]
    indexes = {
        index["IndexName"]: ([key["AttributeName"] for key in index["KeySchema"]], index["Projection"])
        for index in table["GlobalSecondaryIndexes"]
    }
    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [("pk", "HASH"), ("sk", "RANGE")]
    assert indexes == {
        "gsi1": (["gsi1pk", "gsi1sk"], {"ProjectionType": "ALL"}),
        "gsi2": (["gsi2pk", "gsi2sk"], {"ProjectionType": "KEYS_ONLY"}),
    }
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_create_table_again_returns_false_and_keeps_items(engine: Engine) -> None:
    create_table(engine.endpoint, "twice")
    with closing(aws_client("dynamodb", engine.endpoint)) as dynamodb:
        dynamodb.put_item(TableName="twice", Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
        assert create_table(engine.endpoint, "twice") is False
        assert dynamodb.scan(TableName="twice")["Count"] == 1


@ON_LINUX
def test_engine_listens_on_loopback_only(engine: Engine) -> None:
    assert listening_addresses(engine.process.pid) == {f"127.0.0.1:{engine.endpoint.rpartition(':')[2]}"}


def test_engine_stop_leaves_no_process_and_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    engine = start_engine()
    assert len(list(tmp_path.iterdir())) == 1
    engine.stop()
    engine.stop()
    assert list(tmp_path.iterdir()) == []
    assert engine.process.returncode == 0
    assert not accepts_connections(engine.endpoint)


PARENT_PROGRAM = """
import time
from local.dynamodb.engine import start_engine
engine = start_engine()
print(engine.endpoint, engine.process.pid, flush=True)
time.sleep(60)
"""


def test_engine_exits_when_its_parent_is_killed(tmp_path: Path) -> None:
    with processes.running(
        [sys.executable, "-c", PARENT_PROGRAM],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        endpoint, pid = parent.stdout.readline().split()
        assert accepts_connections(endpoint)
        assert len(list(tmp_path.glob("lectern-engine-*"))) == 1

        parent.send_signal(signal.SIGKILL)
        parent.communicate()

    assert wait_until(lambda: not accepts_connections(endpoint))
    assert wait_until(lambda: not list(tmp_path.glob("lectern-engine-*")))
    assert wait_until(lambda: not Path(f"/proc/{pid}").exists())


def listening_addresses(pid: int) -> set[str]:
    """All addresses that the process listens on, "127.0.0.1:4566"; IPv6 addresses in the format of /proc."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        target = os.readlink(link)
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and (fields[3] == "0A" or table.startswith("udp")):
                address, port = fields[1].split(":")
                dotted = ".".join(str(byte) for byte in reversed(bytes.fromhex(address)))
                found.add(f"{dotted}:{int(port, 16)}")
    return found
