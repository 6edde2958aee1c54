"""What became of the mutants, file by file: run by `make mutants`, whose results are in ./mutants.

Prints the table of docs/mutation.md, the files of the scope that were not measured, and the mutants that no test
detected. Undetected mutants that change only a log entry are counted apart, and not in the share. Exits with 1 when
fewer than 95 % of the other mutants of a measured file were detected."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from tests.mutation_log_only import log_only

_MUTANTS: Final = Path("mutants")
_DETECTED_STATES: Final = ("killed", "timeout", "segfault")
_NOT_MEASURED: Final = "not checked"
_LOG_ONLY: Final = "log only"
_MINIMUM_SHARE: Final = 0.95


def main() -> int:
    from mutmut.stats import status_by_exit_code  # installed only for `make mutants`; the tests need the rest

    lines = ["| file | mutants | detected | survived | log only | share |", "|---|---|---|---|---|---|"]
    total: Counter[str] = Counter()
    worst = 1.0
    not_measured: list[str] = []
    undetected: list[str] = []
    for path in sorted(_MUTANTS.rglob("*.meta")):
        codes: dict[str, int | None] = json.loads(path.read_text())["exit_code_by_key"]
        states = {name: status_by_exit_code[code] for name, code in codes.items()}
        states |= dict.fromkeys(log_only_survivors(path.with_suffix("").read_text(), states), _LOG_ONLY)
        counted = Counter(states.values())
        name = str(path.relative_to(_MUTANTS)).removesuffix(".meta")
        if _NOT_MEASURED in counted:
            not_measured.append(f"{name}: {counted[_NOT_MEASURED]} of {counted.total()} mutants not measured")
        elif counted:
            worst = min(worst, detected_share(counted))
            total += counted
            undetected += [f"{mutant}: {state}" for mutant, state in states.items() if state not in _DETECTED_STATES]
            lines.append(table_row(f"`{name}`", counted))
    lines.append(table_row("**all**", total))
    sys.stdout.write("\n".join([*lines, "", *not_measured, "", *undetected, ""]))
    return int(worst < _MINIMUM_SHARE)


def log_only_survivors(source: str, states: dict[str, str]) -> set[str]:
    return log_only(source, (mutant for mutant, state in states.items() if state == "survived"))


def detected(counted: Counter[str]) -> int:
    return sum(counted[state] for state in _DETECTED_STATES)


def detected_share(counted: Counter[str]) -> float:
    """Of the mutants that change more than a log entry, and of those that a test detected although they do not."""
    judged = counted.total() - counted[_LOG_ONLY]
    return detected(counted) / judged if judged else 1.0


def table_row(name: str, counted: Counter[str]) -> str:
    mutants, found, only_log = counted.total(), detected(counted), counted[_LOG_ONLY]
    return f"| {name} | {mutants} | {found} | {mutants - found} | {only_log} | {detected_share(counted):.1%} |"


if __name__ == "__main__":
    sys.exit(main())
