"""Count the truth again and compare the dashboards' figures with it."""

import importlib

import typer

from cli._settings import settings_of_stack


def command() -> None:
    """Compare the read models with a recount: "equal", or the differences and exit code 1."""
    with settings_of_stack():
        report = importlib.import_module("functions.dashboards.recount").report()
    typer.echo(str(report))
    if not report.equal:
        raise typer.Exit(1)
