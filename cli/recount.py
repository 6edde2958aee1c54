"""Compute all counters from the write model and compare them with the dashboards."""

import importlib
from typing import Annotated

import typer

from cli._settings import running_stack_settings
from cli.reconcile import fail


def command(
    show_all: Annotated[bool, typer.Option("--all", help="Print all counters, not only those that differ.")] = False,
) -> None:
    """Compare the counters of the dashboards with a recount; print the result. Exit code 1 when they differ, 2 when
    nothing was compared, because an item cannot be read: without it, a counter would differ wrongly."""
    with running_stack_settings():
        compare = importlib.import_module("functions.dashboards.recount.compare")
        try:
            report = compare.compare_counters()
        except Exception as error:  # noqa: BLE001 (an operator gets a sentence, whatever cannot be read)
            fail(error)
    if show_all:
        typer.echo(
            "\n".join(f"{row.counter}: {row.displayed}, recounted {row.recounted}" for row in report.comparisons)
        )
    typer.echo(str(report))
    if not report.is_equal:
        raise typer.Exit(1)
