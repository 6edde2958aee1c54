"""Generates the table of functions in docs/deploy.md: values from the code, and measurements of `make cold-start`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from infra.function_specs import FUNCTIONS
from infra.privileges import GRANTS

PAGE: Final = Path(__file__).parent.parent / "docs" / "deploy.md"
BASELINE: Final = "baseline"
"""The row of the reference stack that `infra/cold_start.py` measures for comparison."""

_HEAD: Final = """| function | memory | actions | package | start, M instructions | ratio to baseline |
|---|---|---|---|---|---|
"""
_ROW: Final = re.compile(r"^\| ([a-z -]+) \|.*\|.*\| (.*?) ?\| (.*?) ?\| (.*?) ?\|$", re.MULTILINE)


class Measurement(NamedTuple):
    """The measured columns of a row, as text: package size, instructions of a start, and their ratio to baseline."""

    package_size: str
    instructions: str
    ratio: str


_NOT_MEASURED: Final = Measurement("", "", "")


def page(new_measurements: Mapping[str, Measurement] | None = None) -> str:
    """The whole page with a current table. Keeps existing measurements except those of `new_measurements`."""
    before, _, rest = PAGE.read_text().partition(_HEAD)
    table, _, after = rest.partition("\n\n")
    measurements = {name: Measurement(*columns) for name, *columns in _ROW.findall(table)}
    measurements |= new_measurements or {}
    rows = [
        _row(spec.name, f"{spec.memory_mb} MB", str(_action_count(spec.name)), measurements.get(spec.name))
        for spec in FUNCTIONS
    ]
    rows.append(_row(BASELINE, "", "", measurements.get(BASELINE)))
    return before + _HEAD + "\n".join(rows) + "\n\n" + after


def _action_count(function: str) -> int:
    """The number of distinct actions on the table and on each of its indexes."""
    return len({(action, grant.index) for grant in GRANTS[function] for action in grant.actions})


def _row(name: str, memory: str, actions: str, measurement: Measurement | None) -> str:
    return f"| {' | '.join((name, memory, actions, *(measurement or _NOT_MEASURED)))} |"
