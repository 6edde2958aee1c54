"""Check the invariants of a running instance."""

import importlib
import time
from typing import Annotated, Any, Final

import typer

from cli._settings import running_stack_settings

MAX_RECOUNTS: Final = 4
DASHBOARD_INVARIANT: Final = "I13"


def command(
    pause: Annotated[float, typer.Option(min=0, help="Seconds to wait before different counters are recounted.")] = 2,
) -> None:
    """Check every invariant over the whole table and print a line for each; exit code 1 when one is broken.

    docs/invariants.md lists the invariants. Tests verify those that stored data cannot show; they are not printed.
    """
    with running_stack_settings():
        from functions.payments.invariants.check import check_invariants
        from functions.payments.invariants.registry import INVARIANTS

        report = check_invariants()
        counter_differences = _stable_differences(pause)
    typer.echo("read " + ", ".join(f"{count} x {kind}" for kind, count in sorted(report.item_counts.items())))
    for invariant in INVARIANTS:
        if invariant.id == DASHBOARD_INVARIANT:
            _print_result(invariant, counter_differences)
        elif invariant.is_checked:
            _print_result(invariant, [f"{each.subject}: {each.detail}" for each in report.breaches_of(invariant.id)])
    if report.breaches or counter_differences:
        raise typer.Exit(1)


def _print_result(invariant: Any, breaches: list[str]) -> None:
    """Prints a line for the invariant, and one for each breach."""
    result = f"{len(breaches)} BROKEN" if breaches else "ok"
    typer.echo(f"{invariant.id:4} {result:10} {invariant.rule}")
    for breach in breaches:
        typer.echo(f"     {breach}")


def _stable_differences(pause: float) -> list[str]:
    """The counters that differ from the recount by the same amount in MAX_RECOUNTS recounts, `pause` seconds apart. A
    difference that changes is not reported, because the projector has not applied every change of the table yet."""
    recount = importlib.import_module("functions.dashboards.recount.compare")
    stable: dict[tuple[str, int], Any] = {}
    for number in range(MAX_RECOUNTS):
        if number:
            time.sleep(pause)
        rows = recount.compare_counters().differences
        current = {(row.counter, row.displayed - row.recounted): row for row in rows}
        stable = {key: row for key, row in current.items() if number == 0 or key in stable}
        if not stable:
            return []
    return [str(row) for row in stable.values()]
