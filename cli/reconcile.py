"""Compare our books with the gateway's."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cli._settings import running_stack_settings


def command(
    since: Annotated[str, typer.Option("--from", help="A date, or a moment (ISO 8601); UTC unless it says otherwise.")],
    until: Annotated[str, typer.Option("--to", help="As --from; a date is meant to its end. Default: now.")] = "",
) -> None:
    """Hold every payment and refund of a time against what the gateway lists: totals of both, and what differs.

    Exit code 1 when anything does. The gateway is asked only to list.
    """
    start, end = _parse_time(since), _parse_time(until, last=True) if until else datetime.now(UTC)
    if start > end:
        raise typer.BadParameter("--from is after --to")
    with running_stack_settings():
        from functions.payments.reconciliation.reconcile import reconcile
        from shared.errors import DomainError
        from shared.gateways.razorpay import GatewayRejected

        try:
            found = reconcile(start, end)
        except (DomainError, GatewayRejected) as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(2) from None
    typer.echo(f"{start.isoformat()} to {end.isoformat()}: {found.orders} orders with money")
    for currency, what in sorted(found.gateway_totals.keys() | found.local_totals.keys()):
        there, here = found.gateway_totals[currency, what], found.local_totals[currency, what]
        typer.echo(f"{currency} {what:15} gateway {there:>14,}   here {here:>14,}   difference {there - here:,}")
    if found.reversed_amount:
        typer.echo(
            f"taken by lost disputes or returned by hand, which the gateway does not list: {found.reversed_amount:,}"
        )
    if found.not_ours:
        typer.echo(f"passed over: {found.not_ours} payments of other products")
    kinds = defaultdict(list)
    for each in found.differences:
        kinds[each.kind].append(each)
    for kind, members in kinds.items():
        typer.echo(f"{kind.value}: {len(members)}")
        for each in members:
            typer.echo(f"  {each}")
    typer.echo("the books differ" if found.differences else "the books are equal (amounts in minor units)")
    if found.differences:
        raise typer.Exit(1)


def _parse_time(said: str, *, last: bool = False) -> datetime:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter(f"{said!r} is neither a date nor a moment: 2026-11-23, 2026-11-23T12:00") from None
    if last and len(said) <= len("2026-11-23"):
        moment += timedelta(days=1, seconds=-1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
