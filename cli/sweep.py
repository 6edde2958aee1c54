"""Look after the payments and enrollments that are due, now instead of at the next scheduled run."""

import importlib
import json

import typer

from cli._settings import settings_of_stack


def command() -> None:
    """Ask the gateway about everything that is due, settle it, and print what was done."""
    with settings_of_stack():
        from functions import manifest
        from local.context import LambdaContext
        from local.scheduler import make_event

        handler = importlib.import_module(manifest.SWEEP).lambda_handler
        report = handler(make_event(), LambdaContext("payments-sweep"))
    typer.echo(json.dumps(report, indent=2, default=str))
