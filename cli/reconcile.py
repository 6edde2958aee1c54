"""Compare our ledger with the gateway's, and settle the differences."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cli._settings import running_stack_settings

if TYPE_CHECKING:
    from functions.payments.reconciliation.ledger_report import Reconciliation
    from shared.domain.reconciliation import Difference


def command(
    since: Annotated[
        str,
        typer.Option("--since", "--from", help="A date or a time (ISO 8601), of the seller unless it has an offset."),
    ],
    until: Annotated[
        str, typer.Option("--until", "--to", help="As --since; a date includes that whole day. Default: now.")
    ] = "",
    heal: Annotated[bool, typer.Option("--heal", help="Settle what differs, and print what remains.")] = False,
) -> None:
    """Compare every payment, refund and dispute of a period with the gateway's lists; print both totals and each
    difference. Amounts are in minor units.

    Exit code 1 when the ledgers differ, 2 when one of them cannot be read. Writes nothing without --heal.
    """
    with running_stack_settings():
        from functions.payments.reconciliation.reconcile import reconcile
        from shared.config import settings

        zone = settings().time_zone
        start, end = parse_time(since, zone), parse_time(until, zone, end_of_day=True) if until else datetime.now(UTC)
        if start > end:
            raise typer.BadParameter("--since is after --until")
        try:
            report = reconcile(start, end, heal=heal)
        except Exception as error:  # noqa: BLE001 (an operator gets a sentence, whatever cannot be read)
            fail(error)
    period = f"{start.astimezone(zone).isoformat()} to {end.astimezone(zone).isoformat()}"
    typer.echo(f"{period}: {report.orders} orders with captures or refunds")
    print_report(report)
    if not report.is_equal:
        raise typer.Exit(1)


def fail(error: Exception) -> NoReturn:
    """Prints why a ledger or the table cannot be read, and exits with code 2."""
    from shared.db.table.unreadable_items import UnreadableItems
    from shared.errors import DomainError
    from shared.gateways.razorpay import GatewayRejected

    known = isinstance(error, DomainError | GatewayRejected | UnreadableItems)
    typer.echo(str(error) if known else f"an item cannot be read: {type(error).__name__}: {error}", err=True)
    raise typer.Exit(2) from None


def print_report(report: "Reconciliation") -> None:
    """Prints the totals, the differences, and whether the ledgers match."""
    _print_totals(report)
    _print_differences(report)
    if report.healed:
        typer.echo(f"settled: {report.healed} orders that differed")
    for order_id in report.failed:
        typer.echo(f"not compared or settled, see the log: {order_id}")
    for unreadable in report.unreadable:
        typer.echo(f"unreadable at the gateway, not compared: {unreadable}")
    result = "match" if report.is_equal else "differ"
    typer.echo(f"ledgers {result} (amounts in minor units)")


def _print_totals(report: "Reconciliation") -> None:
    for key in sorted(report.gateway_totals.keys() | report.local_totals.keys()):
        currency, kind = key
        gateway, local = report.gateway_totals[key], report.local_totals[key]
        typer.echo(f"{currency} {kind:15} gateway {gateway:>14,}   local {local:>14,}   difference {gateway - local:,}")
    for currency, amount in sorted(report.reversed_amounts.items()):
        if amount:
            typer.echo(f"{currency} deducted for disputes, or refunded manually, outside the lists: {amount:,}")
    if report.not_ours:
        typer.echo(f"ignored: {report.not_ours} orders and payments of other products")


def _print_differences(report: "Reconciliation") -> None:
    by_kind: defaultdict[str, list[Difference]] = defaultdict(list)
    for difference in report.differences:
        by_kind[difference.kind].append(difference)
    for kind, count in report.kinds.items():
        typer.echo(f"{kind.text}: {count}")
        for difference in by_kind[kind]:
            typer.echo(f"  {difference}")
        if count > len(by_kind[kind]):
            typer.echo(f"  and {count - len(by_kind[kind])} more")


def parse_time(text: str, zone: tzinfo, *, end_of_day: bool = False) -> datetime:
    """Parses an ISO 8601 date or time, which is in `zone` unless it has an offset; returns it in UTC. A date without a
    time means its first second, or with `end_of_day` its last.

    Raises typer.BadParameter."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a date nor a time: 2026-11-23, 2026-11-23T12:00") from None
    whole_day = end_of_day and len(text) <= len("2026-11-23")
    try:
        if whole_day:
            moment += timedelta(days=1)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise typer.BadParameter(f"{text!r} is out of range") from None
    return moment - timedelta(seconds=1) if whole_day else moment
