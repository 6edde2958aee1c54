"""Count the truth again and compare the dashboards' figures with it."""

import importlib
from typing import Annotated

import typer

from cli._settings import settings_of_stack


def command(
    every: Annotated[bool, typer.Option(help="Print each figure, not only those that differ.")] = False,
) -> None:
    """Compare the read models with a recount: "equal", or the differences and exit code 1."""
    with settings_of_stack():
        report = importlib.import_module("functions.dashboards.recount").report()
    if every:
        typer.echo("\n".join(f"{row.figure}: {row.dashboards}, recounted {row.recounted}" for row in report.every))
    typer.echo(str(report))
    if not report.equal:
        raise typer.Exit(1)
