"""Run thousands of random histories with the real handlers and check the ledger's invariants."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tests.simulation.history import HistoryResult
    from tests.simulation.runner import Report

_MAX_SHOWN = 3
_PROGRESS_SECONDS = 10


def command(
    histories: Annotated[int, typer.Option(min=1, help="Number of histories.")] = 2_000,
    first: Annotated[int, typer.Option(min=0, help="Seed of the first history.")] = 0,
    seed: Annotated[int | None, typer.Option(min=0, help="Replay only this seed and print its trace.")] = None,
    bugs: Annotated[bool, typer.Option(help="Also check that every planted bug is found.")] = True,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Number of processes; by default 2, or 1 on one processor.")
    ] = None,
) -> None:
    """Run random histories: handlers are interleaved at every outbound call, killed and throttled, and lose responses;
    then the ledger is checked to the paisa.

    Exit code 1 when an invariant is violated, a planted bug is not found, or 2,000 histories lack a state change."""
    from tests.simulation.planted_bugs import PLANTED_BUGS
    from tests.simulation.runner import explore, replay

    if seed is not None:
        result = replay(seed)
        _print_result(result)
        raise typer.Exit(1 if result.breaches else 0)
    report = explore(
        range(first, first + histories),
        bugs=tuple(PLANTED_BUGS) if bugs else (),
        workers=workers,
        progress=_Progress(histories),
    )
    for result in report.violations[:_MAX_SHOWN]:
        _print_result(result)
    for bug, shown in report.found.items():
        outcome = f"seed {shown.seed} ({shown.mode}): {shown.breaches[0]}" if shown else "not found"
        typer.echo(f"planted: {bug} > {outcome}")
    for action, times in sorted(report.played.items()):
        if times:
            typer.echo(f"played: {times:>9,}  {action}")
    for transition, times in sorted(report.transitions.items()):
        typer.echo(f"seen:   {times:>9,}  {transition}")
    for transition in report.never_seen:
        typer.echo(f"seen:       never  {transition}")
    typer.echo(str(report))
    raise typer.Exit(0 if report.clean else 1)


def _print_result(result: "HistoryResult") -> None:
    typer.echo("\n".join(result.trace))
    typer.echo(f"seed {result.seed}, {result.mode}, {result.calls} lines, trace {result.digest[:16]}")
    for breach in result.breaches:
        typer.echo(f"violation {result.phase}: {breach}")
    typer.echo("" if result.breaches else "no violation")


class _Progress:
    """Prints the progress every 10 seconds, and each violation at once."""

    def __init__(self, histories: int) -> None:
        self.histories = histories
        self.started = self.last_printed = time.monotonic()
        self.printed = 0

    def __call__(self, report: "Report") -> None:
        for result in report.violations[self.printed :]:
            typer.echo(f"violation {result.phase}, seed {result.seed}: {result.breaches[0]}", err=True)
        self.printed = len(report.violations)
        now = time.monotonic()
        if now - self.last_printed < _PROGRESS_SECONDS:
            return
        self.last_printed = now
        typer.echo(f"{report}, of {self.histories} in {now - self.started:.0f} s", err=True)
