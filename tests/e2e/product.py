"""The product as `make dev` runs it, in a process of its own: its settings never mix with those of other tests."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.engine import ROOT


@dataclass(frozen=True)
class Product:
    """`url` of the page and the API, `gateway` of the payment gateway's stand-in."""

    url: str
    gateway: str
    env: dict[str, str]

    def command(self, *arguments: str) -> str:
        """The output of `python -m cli …`, acting on this product."""
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@contextmanager
def running_product(folder: Path) -> Iterator[Product]:
    """An empty one on a free port; `folder` holds what it keeps."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LMS_", "AWS_"))}
    env = {**clean, "LMS_LOCAL_DIR": str(folder)}
    log = (folder / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "dev", "--port", "0", "--seed", "0"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = _ready(process, folder / "log")
        settings = json.loads((folder / "stack.json").read_text())["env"]
        yield Product(url, settings["LMS_RAZORPAY_BASE_URL"], env)
    finally:
        process.send_signal(signal.SIGTERM)
        if process.stdout is not None:
            process.stdout.read()
            process.stdout.close()
        process.wait(timeout=20)
        log.close()


def _ready(process: "subprocess.Popen[str]", log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("ready "):
            return line.split()[1]
    raise AssertionError(f"the product did not start:\n{log.read_text()}")
