"""What came of the mutants, file by file: run by `make mutants`, whose results lie in ./mutants.

Prints the table of docs/mutation.md and the mutants that nobody noticed; ends with 1 when of any file less than nine
in ten were noticed."""

import json
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

DETECTED_STATES = ("killed", "timeout", "segfault")
MINIMUM_SHARE = 0.9


def main() -> int:
    lines = ["| file | mutants | killed | timeout | survived | killed of all |", "|---|---|---|---|---|---|"]
    total: Counter[str] = Counter()
    worst = 1.0
    unnoticed: list[str] = []
    for path in sorted(Path("mutants").rglob("*.meta")):
        codes: dict[str, int | None] = json.loads(path.read_text())["exit_code_by_key"]
        if not codes:
            continue
        states = {name: status_by_exit_code[code] for name, code in codes.items()}
        counted = Counter(states.values())
        worst = min(worst, detected_share(counted))
        total += counted
        unnoticed += [f"{name}: {state}" for name, state in states.items() if state not in DETECTED_STATES]
        lines.append(table_row(path.name.removesuffix(".py.meta"), counted))
    sys.stdout.write("\n".join([*lines, table_row("**all**", total), "", *unnoticed, ""]))
    return int(worst < MINIMUM_SHARE)


def detected_share(counted: Counter[str]) -> float:
    return sum(counted[state] for state in DETECTED_STATES) / counted.total()


def table_row(name: str, counted: Counter[str]) -> str:
    left = counted.total() - sum(counted[state] for state in DETECTED_STATES)
    killed = counted["killed"] + counted["segfault"]
    return f"| {name} | {counted.total()} | {killed} | {counted['timeout']} | {left} | {detected_share(counted):.1%} |"


if __name__ == "__main__":
    sys.exit(main())
