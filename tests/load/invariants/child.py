"""`python -m tests.load.invariants.child CHECK`: checks the table in a process of its own, and prints what it cost.

`command` is the check of `python -m cli invariants`, `pass` a full pass of the function, `second-pass` another one
after it, in which nothing has changed."""

import json
import sys
import time
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import Any

from shared.db.table import base


def check_now() -> dict[str, Any]:
    from functions.payments.invariants.check import check_invariants

    report = check_invariants()
    return {"sales": report.item_counts["payment"], "breaches": len(report.breaches)}


def run_pass() -> dict[str, Any]:
    from functions.payments.invariants import full_pass

    state = full_pass.run_slice(lambda: inf)
    while not state.completed_at:
        state = full_pass.run_slice(lambda: inf)
    return {name: state.progress[name] for name in ("payments", "learners", "breach_count")}


def run_second_pass() -> dict[str, Any]:
    from shared import clock

    with clock.override(lambda: clock._system_time() + timedelta(days=2)):
        return run_pass()


def peak_megabytes() -> int:
    """The peak memory of this program. `getrusage` would count that of the process that started it too."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def wait_longer() -> None:
    """The table is generated while it is read, which takes longer than a real page."""
    connection: Any = base.table().connection
    connection._read_timeout_seconds = 300


def main() -> None:
    wait_longer()
    started = time.monotonic()
    result = {"command": check_now, "pass": run_pass, "second-pass": run_second_pass}[sys.argv[1]]()
    cost = {
        "peak_mb": peak_megabytes(),
        "seconds": round(time.monotonic() - started),
        "cpu_seconds": round(time.process_time(), 1),
    }
    json.dump(cost | result, sys.stdout)


if __name__ == "__main__":
    main()
