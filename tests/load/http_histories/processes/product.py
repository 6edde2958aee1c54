"""The product as a process of its own, which is killed and started again on the same database and port."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from local import processes
from local.paths import ROOT
from local.waiting import wait_until
from tests.load.http_histories.processes import on_shared_clock

_SECONDS_TO_START: Final = 300.0
"""On a machine that does much else."""


class Product:
    """`python -m cli dev` on the clock of the batch: API, stream, sweeps and reconciliations. `log` receives its
    output.

    `is_up` is set while it serves."""

    def __init__(self, environment: Mapping[str, str], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.is_up = threading.Event()
        self.kills = 0
        self.log = log
        self._environment = dict(environment)
        self._port = port
        self._process: subprocess.Popen[Any] | None = None
        log.touch()

    def start(self) -> None:
        """Returns when it serves. Raises RuntimeError with the end of its output when it does not."""
        printed = self.log.stat().st_size
        with (
            self.log.open("ab") as log,
            processes.started(
                [sys.executable, "-m", on_shared_clock.__name__, "dev", "--port", str(self._port), "--seed", "0"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as started,
        ):
            self._process = started
        is_ready = wait_until(lambda: self._printed_ready(printed) or started.poll() is not None, _SECONDS_TO_START)
        if not is_ready or started.poll() is not None:
            raise RuntimeError("the product did not start:\n" + self.output()[-4_000:])
        self.is_up.set()

    def kill(self) -> None:
        """SIGKILL, whatever it is doing. Returns when it is gone."""
        self.is_up.clear()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            self.kills += 1

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def _printed_ready(self, since: int) -> bool:
        with self.log.open("rb") as log:
            log.seek(since)
            return b"\nready http" in b"\n" + log.read()
