"""Measures the invariant check in a process of its own, over a generated table."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final

from local.paths import ROOT
from tests.load.invariants.engine import product_settings
from tests.load.invariants.generated_table import GeneratedTable
from tests.load.invariants.sales import Purchase
from tests.load.invariants.server import served

CHECKS: Final = ("command", "pass")
"""The command, which examines every learner, and a full pass after a day on which nothing has changed."""


def measure(purchase: Purchase, sales: int, checks: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields each check and what it cost in a table of so many sales: peak memory, seconds, requests."""
    table = GeneratedTable(purchase, sales)
    with served(table) as endpoint:
        for check in checks:
            table.requests = {}
            child = subprocess.run(
                [sys.executable, "-m", "tests.load.invariants.child", check],
                cwd=ROOT,
                env={**os.environ, **product_settings(endpoint)},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            yield check, json.loads(child.stdout) | {"requests": table.requests}
