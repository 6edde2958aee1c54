"""Compare our ledger with the gateway's."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cli._settings import running_stack_settings

if TYPE_CHECKING:
    from functions.payments.reconciliation.ledger_comparison import Difference
    from functions.payments.reconciliation.reconcile import Reconciliation


def command(
    since: Annotated[str, typer.Option("--from", help="A date or a time (ISO 8601), in UTC unless it has an offset.")],
    until: Annotated[str, typer.Option("--to", help="As --from; a date includes that whole day. Default: now.")] = "",
) -> None:
    """Compare every payment and refund of a period with the gateway's lists; print both totals and each difference.

    Exit code 1 when the ledgers differ, 2 when one of them cannot be read. Writes nothing. Amounts are in minor units.
    """
    start, end = _parse_time(since), _parse_time(until, end_of_day=True) if until else datetime.now(UTC)
    if start > end:
        raise typer.BadParameter("--from is after --to")
    with running_stack_settings():
        from functions.payments.reconciliation.reconcile import reconcile
        from shared.errors import DomainError
        from shared.gateways.razorpay import GatewayRejected

        try:
            report = reconcile(start, end)
        except (DomainError, GatewayRejected) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
    typer.echo(f"{start.isoformat()} to {end.isoformat()}: {report.orders} orders with captures or refunds")
    _print_totals(report)
    _print_differences(report.differences)
    if report.differences:
        typer.echo("ledgers differ (amounts in minor units)")
        raise typer.Exit(1)
    typer.echo("ledgers match (amounts in minor units)")


def _print_totals(report: "Reconciliation") -> None:
    for key in sorted(report.gateway_totals.keys() | report.local_totals.keys()):
        currency, kind = key
        gateway, local = report.gateway_totals[key], report.local_totals[key]
        typer.echo(f"{currency} {kind:15} gateway {gateway:>14,}   local {local:>14,}   difference {gateway - local:,}")
    if report.reversed_amount:
        typer.echo(f"lost disputes and manual refunds, which the gateway does not list: {report.reversed_amount:,}")
    if report.not_ours:
        typer.echo(f"ignored: {report.not_ours} orders and payments of other products")


def _print_differences(differences: "list[Difference]") -> None:
    by_kind: defaultdict[str, list[Difference]] = defaultdict(list)
    for difference in differences:
        by_kind[difference.kind.value].append(difference)
    for kind, members in by_kind.items():
        typer.echo(f"{kind}: {len(members)}")
        for difference in members:
            typer.echo(f"  {difference}")


def _parse_time(text: str, *, end_of_day: bool = False) -> datetime:
    """Parses an ISO 8601 date or time. A date without a time means its first second, or with `end_of_day` its last.

    Raises typer.BadParameter."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a date nor a time: 2026-11-23, 2026-11-23T12:00") from None
    if end_of_day and len(text) <= len("2026-11-23"):
        moment += timedelta(days=1, seconds=-1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
