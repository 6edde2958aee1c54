"""Count the truth again and compare the dashboards' figures with it."""

import importlib
from typing import Annotated

import typer

from cli._settings import running_stack_settings


def command(
    every: Annotated[bool, typer.Option(help="Print each figure, not only those that differ.")] = False,
) -> None:
    """Compare the read models with a recount: "equal", or the differences and exit code 1."""
    with running_stack_settings():
        report = importlib.import_module("functions.dashboards.recount.compare").compare_counters()
    if every:
        typer.echo(
            "\n".join(f"{row.counter}: {row.displayed}, recounted {row.recounted}" for row in report.comparisons)
        )
    typer.echo(str(report))
    if not report.is_equal:
        raise typer.Exit(1)
