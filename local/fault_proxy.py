"""microburst in front of a database: what goes through it may be throttled, cut off, held, or done and not answered.

The rules are microburst's own (https://pypi.org/project/microburst/). It is installed by `make test-engines` and
`make soak`, not by `make test`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError

from local import interrupts, processes
from local.engine import ROOT, aws_client, free_port

FaultRules = list[dict[str, Any]]
_SECONDS_TO_START = 120


class FaultProxy:
    """`endpoint`: "http://127.0.0.1:PORT", to be used instead of the `upstream`. It ends with this process."""

    def __init__(self, upstream: str, rules: FaultRules) -> None:
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "rules.yml"
            config.write_text(json.dumps({"rules": rules}))
            command = [sys.executable, "-m", "microburst", "--upstream", upstream, "--port", str(port)]
            with (
                processes.started(
                    [sys.executable, "-m", "local.tether", *command, "--config", str(config)],
                    cwd=ROOT,
                    env={**os.environ, "NO_PROXY": "127.0.0.1"},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                ) as self._process,
                interrupts.allowed(),
            ):
                self._wait_until_ready()

    def faults_injected(self) -> int:
        """How many faults were injected since the start."""
        return sum(int(rule["fired"]) for rule in self._get("stats")["by_rule"])

    def stop(self) -> None:
        """Safe to call twice."""
        processes.end(self._process)

    def _get(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self.endpoint}/_microburst/{what}", timeout=10) as answer:  # noqa: S310 (loopback)
            return json.loads(answer.read() or b"null")

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + _SECONDS_TO_START
        self._wait_until_healthy(until)
        # It reads the service's description, for seconds, when the first request of a service comes.
        with closing(aws_client("dynamodb", self.endpoint)) as dynamodb:
            while True:
                try:
                    dynamodb.list_tables()
                except BotoCoreError:
                    if time.monotonic() > until:
                        raise
                else:
                    return

    def _wait_until_healthy(self, until: float) -> None:
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self._get("health")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("microburst did not start: `make test-engines` installs it")
