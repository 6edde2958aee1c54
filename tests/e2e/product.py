"""The product as `make dev` runs it, in a separate process: its settings never mix with those of other tests."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from local import processes
from local.paths import ROOT
from local.waiting import wait_until

READY: Final = re.compile(r"^ready (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Product:
    """`url` of the web page and the API, `razorpay_url` of the fake Razorpay."""

    url: str
    razorpay_url: str
    env: dict[str, str]

    def run_cli(self, *arguments: str) -> str:
        """The output of `python -m cli …` with the settings of this product."""
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
def running_product(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Product]:
    """An empty product on a free port, with these `LMS_*` settings; `folder` stores its data."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LMS_", "AWS_"))}
    env = {**clean, "LMS_LOCAL_DIR": str(folder), **settings}
    command = [sys.executable, "-m", "cli", "dev", "--port", "0", "--seed", "0"]
    file = folder / "log"
    with (
        # To a file: an unread pipe is full after some hundred requests and blocks the product.
        file.open("w") as log,
        processes.running(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        ready = wait_until(lambda: READY.search(file.read_text()) or process.poll() is not None)
        assert isinstance(ready, re.Match), f"the product did not start:\n{file.read_text()}"
        stack = json.loads((folder / "stack.json").read_text())["env"]
        yield Product(ready[1], stack["LMS_RAZORPAY_BASE_URL"], env)
