"""Count the truth again and compare the dashboards' figures with it."""

import importlib
import json

import typer

from cli._settings import settings_of_stack


def command() -> None:
    """Compare the read models with a recount: "equal", or the differences and exit code 1."""
    with settings_of_stack():
        report = importlib.import_module("functions.dashboards.recount").report()
    if not report:
        typer.echo("equal")
        return
    typer.echo(json.dumps(report, indent=2, default=str))
    raise typer.Exit(1)
