"""`python -m tests.load.invariants --sales 10000 --sales 100000`."""

from typing import Annotated

import typer

from tests.load.invariants.engine import real_purchase
from tests.load.invariants.measure import CHECKS, measure


def command(
    sales: Annotated[list[int], typer.Option(min=1, help="Number of sales in the table; give it twice to compare.")],
    checks: Annotated[list[str] | None, typer.Option("--check", help=f"{', '.join(CHECKS)}; default: all.")] = None,
) -> None:
    """Measure peak memory, duration and requests of the invariant check for each number of sales."""
    purchase = real_purchase()
    typer.echo(f"one sale: {len(purchase.items)} items, about {purchase.stored_bytes} bytes")
    for number in sales:
        for check, result in measure(purchase, number, checks or list(CHECKS)):
            typer.echo(f"{number} sales, {check}: " + ", ".join(f"{name} {value}" for name, value in result.items()))


if __name__ == "__main__":
    typer.run(command)
