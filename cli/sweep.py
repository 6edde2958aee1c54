"""Look after everything that waits for money, now instead of at the next scheduled run."""

import json
from dataclasses import asdict
from datetime import timedelta

import typer

from cli._settings import settings_of_stack

EVER = timedelta(days=3650)
ALL = 10**6


def command(due_only: bool = typer.Option(False, help="Only what is due by now, as the scheduled run does.")) -> None:
    """Ask the gateway about every open payment, settle it, and print what was done.

    Looking early does no harm: nothing expires before its window is over.
    """
    with settings_of_stack():
        from functions.payments.sweep import sweep
        from shared import clock

        report = sweep() if due_only else sweep(until=clock.now() + EVER, at_most=ALL)
    typer.echo(json.dumps(asdict(report), indent=2))
