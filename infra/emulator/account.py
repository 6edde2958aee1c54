"""A running emulator: its address, clients of its services, and the calls that its functions made."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import botocore.session
from botocore.config import Config

from infra import call_log
from infra.call_log import Call
from infra.emulator import emulator_process
from local import processes
from local.paths import ROOT

REGION: Final = "ap-south-1"
ACCOUNT_ID: Final = "000000000000"
"""The id of the emulator's only account."""
_PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class Account:
    """The only account of the emulator at `address` ("http://127.0.0.1:PORT")."""

    address: str

    @property
    def env(self) -> dict[str, str]:
        """Environment variables with which AWS tools call the emulator as the account's root, and never AWS."""
        return {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": self.address,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str) -> Any:
        """A botocore client of the emulator's `service`."""
        session: Any = botocore.session.Session()
        return session.create_client(
            service,
            endpoint_url=self.address,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 (a value of the emulator)
            config=Config(connect_timeout=5, read_timeout=60),
        )

    def table_calls(self) -> dict[str, list[Call]]:
        """Function to all DynamoDB calls that it made, from the emulator's CloudTrail."""
        return {
            function: [
                call
                for event in self._events(key)
                if event["eventSource"].startswith("dynamodb.") and event["requestParameters"]
                for call in call_log.calls(event["eventName"], event["requestParameters"])
            ]
            for key, function in self._functions_by_access_key().items()
        }

    def _events(self, access_key: str) -> Iterator[dict[str, Any]]:
        """The events of an access key, newest first.

        The emulator returns at most fifty events and has no pagination, but it accepts an end time in whole seconds.
        """
        trail, filters = self.client("cloudtrail"), [{"AttributeKey": "AccessKeyId", "AttributeValue": access_key}]
        end, seen = datetime.now(UTC) + timedelta(seconds=1), set[str]()
        while True:
            page = trail.lookup_events(LookupAttributes=filters, EndTime=end, MaxResults=_PAGE_SIZE)["Events"]
            unseen = [event for event in page if event["EventId"] not in seen]
            seen |= {event["EventId"] for event in unseen}
            yield from (json.loads(event["CloudTrailEvent"]) for event in unseen)
            if len(page) < _PAGE_SIZE:
                return
            oldest = page[-1]["EventTime"].replace(microsecond=0)
            end = oldest if oldest < end else end - timedelta(seconds=1)

    def _functions_by_access_key(self) -> dict[str, str]:
        """Access key to function. The emulator derives the key from the ARNs of the function and its role."""
        names = {}
        for function in self.client("lambda").list_functions()["Functions"]:
            digest = hashlib.sha256(f"{function['FunctionArn']}:{function['Role']}".encode()).hexdigest()
            names[f"ASIA{digest[:16].upper()}"] = function["FunctionName"].split("-", 2)[2]
        return names


@contextmanager
def running_emulator() -> Iterator[Account]:
    """Runs an emulator until the block ends. It leaves nothing behind."""
    with processes.running(
        [sys.executable, "-m", emulator_process.__name__],
        cwd=ROOT,
        env={**os.environ, "AWS_REGION": REGION, "CLOUDTRAIL_RECORDING": "1", "CLOUDTRAIL_MAX_EVENTS": "100000"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as emulator:
        port = next(iter(emulator.stdout or ()), "").strip()
        yield Account(f"http://127.0.0.1:{port}")
