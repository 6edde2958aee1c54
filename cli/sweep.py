"""Run a sweep at once, without waiting for the scheduled one."""

import json
from dataclasses import asdict
from datetime import timedelta

import typer

from cli._settings import running_stack_settings

LOOKAHEAD = timedelta(days=3650)
MAX_ITEMS = 10**6


def command(
    due_only: bool = typer.Option(False, help="Poll only payments that are due now, as the scheduled sweep does."),
) -> None:
    """Poll the gateway for every unsettled payment, settle what it reports, and print the sweep report as JSON.

    An early poll is harmless: nothing expires before its order window has ended.
    """
    with running_stack_settings():
        from functions.payments.polling.sweep import sweep
        from shared import clock

        report = sweep() if due_only else sweep(until=clock.now() + LOOKAHEAD, limit=MAX_ITEMS)
    typer.echo(json.dumps(asdict(report), indent=2))
