"""Bring a restored table up to date with the gateway."""

import importlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli._settings import running_stack_settings
from cli.reconcile import fail, parse_time, print_report

if TYPE_CHECKING:
    from functions.payments.reconciliation.recover import Recovery


def command(
    since: Annotated[
        str,
        typer.Option("--since", help="The moment of the restored table (ISO 8601), in UTC unless it has an offset."),
    ],
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for projector batches during the rebuild of the read models.")
    ] = 130,
) -> None:
    """Recover a table that was restored as it was at --since: void receipt numbers that may have been issued after it,
    record refunds and disputes, adopt and settle orders, rebuild the read models, and compare both ledgers.

    Stop the schedules first (docs/runbooks/restore.md). Safe to repeat. Prints the payers of orders whose learner or
    course is unknown: keep that output confidential. Exit code 1 when something is left to decide or the ledgers
    differ, 2 when one of them cannot be read.
    """
    restored_to = parse_time(since)
    restored_to = restored_to.replace(microsecond=restored_to.microsecond // 1000 * 1000)
    if restored_to > datetime.now(UTC):
        raise typer.BadParameter("--since is in the future")
    with running_stack_settings():
        from functions.payments.reconciliation.reconcile import reconcile
        from functions.payments.reconciliation.recover import LOOKBACK, recover
        from shared import clock

        try:
            recovery = recover(restored_to, typer.echo)
            _rebuild(wait)
            report = reconcile(restored_to - LOOKBACK, clock.now(), heal=True)
            print_report(report)
            _print_undecided(recovery)
        except Exception as error:  # noqa: BLE001 (an operator gets a sentence, whatever cannot be read)
            fail(error)
    if recovery.undecided or recovery.failed or not report.is_equal:
        raise typer.Exit(1)


def _rebuild(wait: float) -> None:
    rebuild = importlib.import_module("functions.dashboards.read_model_rebuild")
    rebuild.rebuild_read_models(lambda *_: None, restart=True, wait_seconds=wait)
    typer.echo("read models: rebuilt")


def _print_undecided(recovery: "Recovery") -> None:
    from functions.payments.reconciliation.recover import payers_of

    for order_id in recovery.failed:
        typer.echo(f"not settled, see the log, then repeat this command: {order_id}")
    if recovery.undecided:
        typer.echo("the learner or the course of these orders is unknown. Their money is on hold: accept or refund it")
    for payer in payers_of(recovery.undecided):
        paid = f"{payer.amount} {payer.currency}"
        typer.echo(f"  {payer.order_id} {payer.payment_id} {paid}, paid by {payer.email} {payer.contact}")
