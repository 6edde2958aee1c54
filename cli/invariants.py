"""Hold the books of a running instance against their invariants."""

import importlib
import time
from typing import Annotated, Any, Final

import typer

from cli._settings import running_stack_settings

MAX_RECOUNTS: Final = 4
DASHBOARD_INVARIANT: Final = "I13"
DASHBOARD_RULE: Final = "what the dashboards show is what a recount says"


def command(
    pause: Annotated[
        float, typer.Option(min=0, help="Seconds to wait before figures that differ are counted again.")
    ] = 2,
) -> None:
    """Check I1 to I7, I9, I12, I13, I15 and I16 over the whole table: a line each; exit code 1 when one is broken."""
    with running_stack_settings():
        from functions.payments.invariants.check import INVARIANTS, check_invariants

        found = check_invariants()
        drifted = _stable_differences(pause)
    typer.echo("read " + ", ".join(f"{number} x {kind}" for kind, number in sorted(found.item_counts.items())))
    for name, says in sorted(
        {**INVARIANTS, DASHBOARD_INVARIANT: DASHBOARD_RULE}.items(), key=lambda each: int(each[0][1:])
    ):
        wrong = [f"{each.subject}: {each.detail}" for each in found.breaches_of(name)]
        _line(name, says, drifted if name == DASHBOARD_INVARIANT else wrong)
    if found.breaches or drifted:
        raise typer.Exit(1)


def _line(name: str, says: str, wrong: list[str]) -> None:
    typer.echo(f"{name:4} {'ok' if not wrong else f'{len(wrong)} BROKEN':10} {says}")
    for each in wrong:
        typer.echo(f"     {each}")


def _stable_differences(pause: float) -> list[str]:
    """Figures that are wrong by the same number every time: those that move are waiting for the stream."""
    recount = importlib.import_module("functions.dashboards.recount.compare")
    rows: dict[tuple[str, int], Any] = {}
    for number in range(MAX_RECOUNTS):
        if number:
            time.sleep(pause)
        now = {(row.counter, row.displayed - row.recounted): row for row in recount.compare_counters().differences}
        rows = now if number == 0 else {key: row for key, row in now.items() if key in rows}
        if not rows:
            return []
    return [str(row) for row in rows.values()]
