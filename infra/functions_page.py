"""The table of functions in docs/deploy.md: what the code says of each, beside what was measured."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.function_specs import FUNCTIONS
from infra.privileges import GRANTS

PAGE: Final = Path(__file__).parent.parent / "docs" / "deploy.md"
BASELINE: Final = "the usual stack"
_HEAD: Final = """| function | memory | actions | package | start, M instructions | of the usual stack |
|---|---|---|---|---|---|
"""
_ROW: Final = re.compile(r"^\| ([a-z -]+) \|.*\|.*\| (.*?) ?\| (.*?) ?\| (.*?) ?\|$", re.MULTILINE)

Measured = tuple[str, str, str]
"""Size of the package, instructions of a start, and how many of the usual stack's that is."""


def page(fresh: Mapping[str, Measured] | None = None) -> str:
    """The page as it should be. Measurements stay, but for those that are `fresh`."""
    before, _, rest = PAGE.read_text().partition(_HEAD)
    table, _, after = rest.partition("\n\n")
    known: dict[str, Measured] = {name: (size, start, part) for name, size, start, part in _ROW.findall(table)}
    known |= fresh or {}
    rows = [_row(each.name, f"{each.memory} MB", str(_actions(each.name)), known) for each in FUNCTIONS]
    return before + _HEAD + "\n".join([*rows, _row(BASELINE, "", "", known)]) + "\n\n" + after


def _actions(function: str) -> int:
    return len({(action, grant.index) for grant in GRANTS[function] for action in grant.actions})


def _row(name: str, memory: str, actions: str, known: Mapping[str, Measured]) -> str:
    return f"| {' | '.join((name, memory, actions, *known.get(name, ('', '', ''))))} |"
