"""Compute all counters from the write model and compare them with the dashboards."""

import importlib
from typing import Annotated

import typer

from cli._settings import running_stack_settings


def command(
    show_all: Annotated[bool, typer.Option("--all", help="Print all counters, not only those that differ.")] = False,
) -> None:
    """Compare the counters of the dashboards with a recount; print the result. Exit code 1 when they differ."""
    with running_stack_settings():
        report = importlib.import_module("functions.dashboards.recount.compare").compare_counters()
    if show_all:
        typer.echo(
            "\n".join(f"{row.counter}: {row.displayed}, recounted {row.recounted}" for row in report.comparisons)
        )
    typer.echo(str(report))
    if not report.is_equal:
        raise typer.Exit(1)
