"""Measure how long a learner waits on a sale day whose messages were all lost."""

from typing import Annotated

import typer


def command(
    orders: Annotated[int, typer.Option(min=1, help="Orders of the sale.")] = 100_000,
    hours: Annotated[float, typer.Option(min=0.1, help="Duration of the sale.")] = 6,
    first_hour: Annotated[float, typer.Option(min=0, max=1, help="Share of the orders in the first hour.")] = 1 / 6,
    conversion: Annotated[float, typer.Option(min=0, max=1, help="Share of the orders that is paid.")] = 0.6,
    loss: Annotated[float, typer.Option(min=0, max=1, help="Share of the payments whose messages are lost.")] = 0.005,
    latency: Annotated[float, typer.Option(min=0, help="Seconds of a call to Razorpay.")] = 0.2,
    previous: Annotated[bool, typer.Option(help="Measure the sweep before decision 0036 instead.")] = False,
) -> None:
    """Play a sale day on a virtual clock; print waits, calls and requests.

    Exit code 1 when a learner who paid waits 15 minutes or longer."""
    from tests.load.sale_day.run import describe, play_sale
    from tests.load.sale_day.scenario import Sale

    sale = Sale(orders, hours, first_hour, conversion, loss)
    result = play_sale(sale, latency, previous=previous)
    for line in [*describe(result), *result.problems]:
        typer.echo(line)
    raise typer.Exit(1 if result.problems else 0)
