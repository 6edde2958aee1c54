"""A running emulator: its address, how to reach its services, and what was called in it."""

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
"""The account's."""
_PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class Account:
    """The one account of an emulator at `address` ("http://127.0.0.1:PORT")."""

    address: str

    @property
    def env(self) -> dict[str, str]:
        """What an AWS tool needs to talk to it as the account's root, and to nobody else."""
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
        session: Any = botocore.session.Session()
        return session.create_client(
            service,
            endpoint_url=self.address,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 (the emulator's own)
            config=Config(connect_timeout=5, read_timeout=60),
        )

    def calls_to_the_table(self) -> dict[str, list[Call]]:
        """Function to every call to DynamoDB that it made, as the emulator's own log of calls tells."""
        return {
            function: [
                call
                for event in self._events(key)
                if event["eventSource"].startswith("dynamodb.") and event["requestParameters"]
                for call in call_log.calls(event["eventName"], event["requestParameters"])
            ]
            for key, function in self._names_of_keys().items()
        }

    def _events(self, access_key: str) -> Iterator[dict[str, Any]]:
        """The calls made with a key, newest first. The emulator answers with fifty at the most and no more pages, but
        looks back from a given second."""
        trail, wanted = self.client("cloudtrail"), [{"AttributeKey": "AccessKeyId", "AttributeValue": access_key}]
        until, seen = datetime.now(UTC) + timedelta(seconds=1), set[str]()
        while True:
            found = trail.lookup_events(LookupAttributes=wanted, EndTime=until, MaxResults=_PAGE_SIZE)["Events"]
            fresh = [event for event in found if event["EventId"] not in seen]
            seen |= {event["EventId"] for event in fresh}
            yield from (json.loads(event["CloudTrailEvent"]) for event in fresh)
            if len(found) < _PAGE_SIZE:
                return
            oldest = found[-1]["EventTime"].replace(microsecond=0)
            until = oldest if oldest < until else until - timedelta(seconds=1)

    def _names_of_keys(self) -> dict[str, str]:
        """Access key to function: the emulator derives the key of a function from it and its role."""
        names = {}
        for function in self.client("lambda").list_functions()["Functions"]:
            digest = hashlib.sha256(f"{function['FunctionArn']}:{function['Role']}".encode()).hexdigest()
            names[f"ASIA{digest[:16].upper()}"] = function["FunctionName"].split("-", 2)[2]
        return names


@contextmanager
def running_emulator() -> Iterator[Account]:
    """An emulator for the length of the block. It leaves nothing behind."""
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
