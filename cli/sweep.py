"""Look after everything that waits for money, now instead of at the next scheduled run."""

import json
from dataclasses import asdict
from datetime import timedelta

import typer

from cli._settings import running_stack_settings

LOOKAHEAD = timedelta(days=3650)
MAX_ITEMS = 10**6


def command(due_only: bool = typer.Option(False, help="Only what is due by now, as the scheduled run does.")) -> None:
    """Ask the gateway about every open payment, settle it, and print what was done.

    Looking early does no harm: nothing expires before its window is over.
    """
    with running_stack_settings():
        from functions.payments.polling.sweep import sweep
        from shared import clock

        report = sweep() if due_only else sweep(until=clock.now() + LOOKAHEAD, limit=MAX_ITEMS)
    typer.echo(json.dumps(asdict(report), indent=2))
