"""Start the local database and create the table in it."""

import functools
import os
import socket
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local import interrupts, processes
from local.dynamodb import ministack_process
from local.paths import ROOT

_session = functools.cache(botocore.session.Session)
_client_lock = threading.Lock()  # a session is thread-safe except while it creates a client


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


TABLE_DEFINITION = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": attribute, "AttributeType": "S"}
        for attribute in ("pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk")
    ],
    "KeySchema": _key_schema("pk", "sk"),
    "GlobalSecondaryIndexes": [
        {"IndexName": "gsi1", "KeySchema": _key_schema("gsi1pk", "gsi1sk"), "Projection": {"ProjectionType": "ALL"}},
        {
            "IndexName": "gsi2",
            "KeySchema": _key_schema("gsi2pk", "gsi2sk"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
    ],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


@dataclass(frozen=True)
class Engine:
    """A running database. `endpoint`: "http://127.0.0.1:PORT"."""

    endpoint: str
    process: subprocess.Popen[str]

    def wait_until_ready(self) -> None:
        """Block until the database answers. Raises RuntimeError when it does not."""
        try:
            with closing(aws_client("dynamodb", self.endpoint)) as dynamodb:
                dynamodb.list_tables()
        except (BotoCoreError, ClientError, ValueError) as error:
            raise RuntimeError("the local database did not start: see its output above") from error

    def stop(self) -> None:
        """End the process and delete its files; the data is lost. Safe to call twice."""
        processes.end(self.process)


def launch_engine() -> Engine:
    """Start an empty database on a free loopback port, without waiting until it answers.

    It ends with this process, even if this process is killed. An exception during the start, KeyboardInterrupt
    included, leaves no process behind. A caller that must not lose the returned engine to an interrupt calls this
    inside `interrupts.deferred`.
    """
    with processes.started(
        [sys.executable, "-m", ministack_process.__name__],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C in the terminal must reach only this process, which stops the parts in order.
        start_new_session=True,
    ) as process:
        port = next(iter(process.stdout or ()), "").strip()
    return Engine(f"http://127.0.0.1:{port}", process)


def start_engine() -> Engine:
    """As `launch_engine`, but wait until the database answers. Raises RuntimeError when it does not."""
    with interrupts.deferred():
        engine = launch_engine()
        try:
            with interrupts.allowed():
                engine.wait_until_ready()
        except BaseException:
            engine.stop()
            raise
    return engine


def free_port() -> int:
    """A loopback port that is free now: for programs that cannot choose one themselves."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def aws_client(service: str, endpoint: str) -> Any:
    """A botocore client of `service` ("dynamodb", "dynamodbstreams", "sqs") at `endpoint`; the local engines accept
    any credentials."""
    session: Any = _session()
    with _client_lock:
        return session.create_client(
            service,
            endpoint_url=endpoint,
            region_name=os.environ.get("AWS_REGION", "ap-south-1"),
            aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "local"),
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
            config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 3}),
        )


def create_table(endpoint: str, name: str) -> bool:
    """Create the table like the deployed one: keys, two indexes, stream, TTL. True if it did not exist before."""
    with closing(aws_client("dynamodb", endpoint)) as dynamodb:
        try:
            dynamodb.create_table(TableName=name, **TABLE_DEFINITION)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise
            return False
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
        )
    return True
