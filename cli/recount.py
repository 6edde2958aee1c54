"""Recount the write side and compare the counters of the dashboards with the result."""

import importlib
from typing import Annotated

import typer

from cli._settings import running_stack_settings


def command(
    show_all: Annotated[bool, typer.Option("--all", help="Print all counters, not only those that differ.")] = False,
) -> None:
    """Compare the read models with a recount. Prints "equal", or the differences and exits with code 1."""
    with running_stack_settings():
        report = importlib.import_module("functions.dashboards.recount.compare").compare_counters()
    if show_all:
        typer.echo(
            "\n".join(f"{row.counter}: {row.displayed}, recounted {row.recounted}" for row in report.comparisons)
        )
    typer.echo(str(report))
    if not report.is_equal:
        raise typer.Exit(1)
