"""Bring a restored table up to date with the gateway."""

import importlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli._settings import running_stack_settings
from cli.reconcile import fail, parse_time, print_report
from shared import clock

if TYPE_CHECKING:
    from functions.payments.reconciliation.restore.recovery import Recovery

_ISSUED_UNKNOWN: Final = (
    "name the table that was replaced (--replaced-table), or the highest number (--last-receipt): otherwise receipt "
    "numbers may be issued twice. Only if recover has never run after --since, --first-recovery does instead"
)


def command(
    since: Annotated[
        str,
        typer.Option("--since", help="The moment of the restored table (ISO 8601), in UTC unless it has an offset."),
    ],
    replaced_table: Annotated[
        list[str] | None,
        typer.Option(
            help="A table that was in service after --since and was replaced: the receipt numbers that it has issued "
            "are not issued again. Repeat it for several tables."
        ),
    ] = None,
    last_receipt: Annotated[
        list[str] | None,
        typer.Option(
            help="If a replaced table is lost: the highest receipt number that is known, such as L/26-27/000123. "
            "Repeat it for each financial year."
        ),
    ] = None,
    last_credit_note: Annotated[
        list[str] | None,
        typer.Option(help="The same of credit notes, such as C/26-27/000012: with --last-receipt, if any was issued."),
    ] = None,
    last_debit_note: Annotated[
        list[str] | None,
        typer.Option(help="The same of debit notes, such as D/26-27/000003: with --last-receipt, if any was issued."),
    ] = None,
    first_recovery: Annotated[
        bool,
        typer.Option(
            "--first-recovery",
            help="Instead of both, if recover has never run after --since: the payments since tell how many receipt "
            "numbers may have been issued.",
        ),
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for projector batches during the rebuild of the read models.")
    ] = 130,
) -> None:
    """Recover a table that was restored as it was at --since: void the numbers of receipts and notes that may have been
    issued after it, record refunds and disputes, adopt and settle orders, rebuild the read models, and compare both
    ledgers.

    Stop the schedules first (docs/runbooks/restore.md). Safe to repeat. Name the replaced table, so that no receipt
    number is issued twice; without it, its last numbers or --first-recovery the command does nothing. Prints the payers
    of orders whose learner or course is unknown: keep that output confidential. Requests no refunds, and prints the due
    ones. Exit code 1 when something is left to an admin or the ledgers differ, 2 when one of them cannot be read.
    """
    restored_to = clock.to_stored_precision(parse_time(since, UTC))
    if restored_to > datetime.now(UTC):
        raise typer.BadParameter("--since is in the future")
    with running_stack_settings():
        from functions.payments.reconciliation.restore.recover import recover

        if not (replaced_table or last_receipt or first_recovery):
            raise typer.BadParameter(_ISSUED_UNKNOWN)
        numbers = [*(last_receipt or ()), *(last_credit_note or ()), *(last_debit_note or ())]
        issued = _last_issued(replaced_table or [], numbers)
        try:
            recovery = recover(restored_to, typer.echo, issued)
        except Exception as error:  # noqa: BLE001 (an operator gets a sentence, whatever cannot be read)
            fail(error)
        try:
            is_equal = _rebuild_and_compare(restored_to, wait, recovery.failed)
        except Exception as error:  # noqa: BLE001 (as above)
            _print_left_to_admin(recovery)
            fail(error)
        _print_left_to_admin(recovery)
    if not recovery.is_complete or not is_equal:
        raise typer.Exit(1)


def _last_issued(replaced_tables: list[str], numbers: list[str]) -> dict[str, int]:
    """The last number of each series of a financial year that the replaced tables have issued. Prints them.
    Exits with code 2 when a table cannot be the replaced one, or cannot be read."""
    from functions.payments.reconciliation.restore.receipt_numbers import last_issued
    from shared.config import settings
    from shared.db.payments.documents.number_series import ALL_SERIES
    from shared.errors import StoreUnavailable

    if settings().table_name in replaced_tables:
        raise typer.BadParameter("--replaced-table is the table in service")
    try:
        issued = last_issued(replaced_tables, numbers)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    except StoreUnavailable as error:
        fail(error)
    for series in ALL_SERIES:
        for name, last in sorted(issued.items()):
            if name.startswith(series.prefix):
                typer.echo(f"{series.plural}: issued before: up to {name}/{last:06d}")
    return issued


def _rebuild_and_compare(restored_to: datetime, wait: float, left_out: list[str]) -> bool:
    """Whether the read models are rebuilt and both ledgers are equal. The orders that the recovery left out must not be
    settled before those that failed: a purchase would count as a duplicate of one that was refunded."""
    from functions.payments.reconciliation.reconcile import reconcile
    from functions.payments.reconciliation.restore.recover import LOOKBACK

    is_rebuilt = _rebuild(wait)
    report = reconcile(restored_to - LOOKBACK, clock.now(), heal=True, requests_refunds=False, left_out=left_out)
    print_report(report)
    return is_rebuilt and report.is_equal


def _rebuild(wait: float) -> bool:
    """Whether the read models are rebuilt. An item that cannot be read keeps the totals from being written, and nothing
    else from being recovered."""
    from shared.db.table.unreadable_items import UnreadableItems

    rebuild = importlib.import_module("functions.dashboards.read_model_rebuild")
    try:
        rebuild.rebuild_read_models(lambda *_: None, restart=True, wait_seconds=wait)
    except UnreadableItems as error:
        typer.echo(f"read models: not rebuilt: {error}. Mend it, then run `python -m cli rebuild`")
        return False
    typer.echo("read models: rebuilt")
    return True


def _print_left_to_admin(recovery: "Recovery") -> None:
    for entity_id in recovery.unreadable:
        typer.echo(f"unreadable at the gateway, not recorded: {entity_id}")
    for order_id in recovery.failed:
        typer.echo(f"not settled, see the log, then repeat this command: {order_id}")
    if recovery.undecided:
        typer.echo("money on hold: accept or refund it, unless an admin did so already, then repeat that decision")
    for held in recovery.undecided:
        typer.echo(f"  {held.order_id} {held.payment_id} {held.amount} {held.currency}, {held.reason}")
    _print_payers([held.order_id for held in recovery.undecided if held.is_orphaned])
    if recovery.due_refunds:
        typer.echo("due refunds, made when the schedules are enabled: first repeat each one that was made manually")
    for due in recovery.due_refunds:
        typer.echo(f"  {due.order_id} {due.payment_id} {due.amount} {due.currency}")
    typer.echo("lost with the table, see its audit log: refund requests, manual refunds and accepts. Repeat them")


def _print_payers(order_ids: list[str]) -> None:
    from functions.payments.reconciliation.restore.left_to_admin import payers_of
    from shared.errors import GatewayUnavailable

    try:
        for payer in payers_of(order_ids):
            paid = f"{payer.amount} {payer.currency}"
            typer.echo(f"  {payer.order_id} {payer.payment_id} {paid}, paid by {payer.email} {payer.contact}")
    except GatewayUnavailable:
        typer.echo("  the payers are unknown, because the gateway does not answer: repeat this command")
