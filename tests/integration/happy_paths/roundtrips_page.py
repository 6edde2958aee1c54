"""docs/roundtrips.md, read and written."""

import fcntl
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Self

from tests.fixtures.roundtrips import RoundTrips

DOCUMENT = Path(__file__).parents[3] / "docs" / "roundtrips.md"
HEADER = """# Round trips

What the normal, successful call of each route costs in DynamoDB: the calls in their order, and the write units.
Written by `LMS_UPDATE_DOCS=1 python -m pytest tests/integration/happy_paths/test_roundtrips.py`; without the variable the same
tests compare. tests/integration/happy_paths holds the calls that are made and the operations each may use.

* Not counted: the list of revoked tokens, one `Query` every 30 seconds in each process, whatever the requests.
* With an `Idempotency-Key`, two `UpdateItem` come on top: one takes the key, one keeps the answer.
* Write units are those the local engine reports, for items as small as the tests'; a transaction costs two units for
  every kB of each item, and an `UpdateItem` one. Its read units are not right, so they are left out.

| route | calls | in their order | write units |
|---|---|---|---|
"""
READS = frozenset({"GetItem", "BatchGetItem", "Query", "TransactGetItems"})
_ROW = re.compile(r"\| `(?P<route>[^`]+)` \| (?P<calls>\d+) \| (?P<operations>[^|]*) \| (?P<units>\d+) \|")


@dataclass(frozen=True)
class RouteCost:
    route: str
    operations: str
    calls: int
    units: int

    @classmethod
    def measured(cls, route: str, seen: RoundTrips) -> Self:
        written = sum(call.units for call in seen.calls if call.operation not in READS)
        runs = [(name, len(list(same))) for name, same in groupby(seen.operations)]
        told = ", ".join(name if times == 1 else f"{name} x {times}" for name, times in runs)
        return cls(route, told or "none", len(seen.calls), round(written))

    def __str__(self) -> str:
        return f"| `{self.route}` | {self.calls} | {self.operations} | {self.units} |\n"


def document_rows() -> dict[str, RouteCost]:
    return _rows(DOCUMENT.read_text())


def save_row(row: RouteCost, routes: list[str]) -> None:
    """Puts the row into the document, in the order of `routes`; several test processes may do so at once."""
    with DOCUMENT.open("a+") as document:
        fcntl.flock(document, fcntl.LOCK_EX)
        document.seek(0)
        rows = {**_rows(document.read()), row.route: row}
        document.truncate(0)
        document.write(HEADER + "".join(str(rows[each]) for each in routes if each in rows))


def _rows(text: str) -> dict[str, RouteCost]:
    matches = filter(None, map(_ROW.fullmatch, text.splitlines()))
    return {
        each["route"]: RouteCost(each["route"], each["operations"], int(each["calls"]), int(each["units"]))
        for each in matches
    }
