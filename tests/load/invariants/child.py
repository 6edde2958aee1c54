"""`python -m tests.load.invariants.child CHECK`: checks the table in a process of its own, and prints what it cost.

`command` is the check of `python -m cli invariants`: it examines every learner. `pass` is a full pass of the function
over learners that have not changed since they were examined."""

import json
import sys
import time
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

from functions.payments.invariants import full_pass
from functions.payments.invariants.check import check_invariants
from shared import clock
from shared.db.table import base
from tests.fixtures.fake_clock import FakeClock


def check_now() -> dict[str, Any]:
    report = check_invariants()
    return {"sales": report.item_counts["payment"], "breaches": len(report.breaches)}


def run_pass() -> dict[str, Any]:
    state = full_pass.run_slice(lambda: inf)
    while not state.completed_at:
        state = full_pass.run_slice(lambda: inf)
    result = state.result
    return {"sales": result["payments"], "examined": result["learners"], "breaches": result["breach_count"]}


def peak_megabytes() -> int:
    """The peak memory of this program. `getrusage` would count that of the process that started it too."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def wait_longer() -> None:
    """The table is generated while it is read, which takes longer than a real page."""
    connection: Any = base.table().connection
    connection._read_timeout_seconds = 300


def day_after_the_purchase() -> datetime:
    return FakeClock().now() + timedelta(days=1)


def main() -> None:
    wait_longer()
    started = time.monotonic()
    with clock.override(day_after_the_purchase):
        result = {"command": check_now, "pass": run_pass}[sys.argv[1]]()
    cost = {
        "peak_mb": peak_megabytes(),
        "seconds": round(time.monotonic() - started),
        "cpu_seconds": round(time.process_time(), 1),
    }
    json.dump(cost | result, sys.stdout)


if __name__ == "__main__":
    main()
