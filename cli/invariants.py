"""Hold the books of a running instance against their invariants."""

import importlib
import time
from typing import Annotated, Any, Final

import typer

from cli._settings import settings_of_stack

ROUNDS: Final = 4
DASHBOARDS: Final = "I13"
SAYS: Final = "what the dashboards show is what a recount says"


def command(
    pause: Annotated[
        float, typer.Option(min=0, help="Seconds to wait before figures that differ are counted again.")
    ] = 2,
) -> None:
    """Check I1 to I7, I9, I12, I13, I15 and I16 over the whole table: a line each; exit code 1 when one is broken."""
    with settings_of_stack():
        from functions.payments.examine import CHECKED, examine

        found = examine()
        drifted = _drift(pause)
    typer.echo("read " + ", ".join(f"{number} x {kind}" for kind, number in sorted(found.read.items())))
    for name, says in sorted({**CHECKED, DASHBOARDS: SAYS}.items(), key=lambda each: int(each[0][1:])):
        wrong = [f"{each.subject}: {each.detail}" for each in found.of(name)]
        _line(name, says, drifted if name == DASHBOARDS else wrong)
    if found.breaches or drifted:
        raise typer.Exit(1)


def _line(name: str, says: str, wrong: list[str]) -> None:
    typer.echo(f"{name:4} {'ok' if not wrong else f'{len(wrong)} BROKEN':10} {says}")
    for each in wrong:
        typer.echo(f"     {each}")


def _drift(pause: float) -> list[str]:
    """Figures that are wrong by the same number every time: those that move are waiting for the stream."""
    recount = importlib.import_module("functions.dashboards.recount")
    rows: dict[tuple[str, int], Any] = {}
    for number in range(ROUNDS):
        if number:
            time.sleep(pause)
        now = {(row.figure, row.dashboards - row.recounted): row for row in recount.report().rows}
        rows = now if number == 0 else {key: row for key, row in now.items() if key in rows}
        if not rows:
            return []
    return [str(row) for row in rows.values()]
