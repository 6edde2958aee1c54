"""Record the transactions on the account of an earlier period."""

from typing import Annotated

import typer

from cli._settings import running_stack_settings
from cli.reconcile import fail, parse_time


def command(
    since: Annotated[str, typer.Option("--since", "--from", help="A date, in the seller's time zone, or a time.")],
    until: Annotated[str, typer.Option("--until", "--to", help="As --since. Default: now.")] = "",
) -> None:
    """Record the settlements of a period, the transactions in them, and the unsettled transactions, from the gateway's
    lists: for the time before this version, or after a restore. The nightly reconciliation covers the last ten days.
    Safe to repeat. Exit code 2 when the gateway or the table cannot be read."""
    with running_stack_settings():
        from functions.payments.reconciliation.account.account_stages import read_history
        from functions.payments.reconciliation.heal_orders import Healer
        from functions.payments.reconciliation.open_differences import OpenDifferences
        from functions.payments.reconciliation.stages import Slice
        from shared import clock
        from shared.config import settings

        zone = settings().time_zone
        start = parse_time(since, zone)
        end = parse_time(until, zone, end_of_day=True) if until else clock.now()
        seconds = int(start.timestamp()), int(end.timestamp()), int(start.timestamp())
        part = Slice(*seconds, Healer(OpenDifferences(), lambda: float("inf")))
        try:
            read_history(part, lambda stage: typer.echo(f"done: {stage}"))
        except Exception as error:  # noqa: BLE001 (an operator gets a sentence, whatever cannot be read)
            fail(error)
    typer.echo(f"listed {part.healer.counts.listed}, unreadable {part.healer.counts.unreadable}")
    if part.healer.counts.failed:
        raise typer.Exit(1)
