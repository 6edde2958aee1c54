"""Measure the cost of pages and dashboards at 1, 10 and 100 % of a large platform."""

from typing import Annotated

import typer


def command(
    engine: Annotated[
        str, typer.Option(help="dynamodb-local, or ministack, whose index queries slow down with size.")
    ] = "dynamodb-local",
    max_share: Annotated[float, typer.Option(min=0.01, max=1, help="Largest share: 0.1 stops at 10 %.")] = 1,
    concurrent_learners: Annotated[int, typer.Option(min=1, help="Learners who enroll in one course at once.")] = 5_000,
) -> None:
    """Fill a table with learners, courses and enrollments; print calls, capacity units and time of each page.

    Starts its own database. Exit code 1 when the cost of a page grows with the table."""
    from local.dynamodb.dynamodb_local import EngineUnavailable
    from local.dynamodb.engines import ENGINE_STARTERS
    from tests.load.scale.run import Size, run_scale

    if engine not in ENGINE_STARTERS:
        raise typer.BadParameter(f"{engine!r} is not one of {', '.join(ENGINE_STARTERS)}")
    shares = [share for share in (0.01, 0.1, 1) if share <= max_share]
    try:
        result = run_scale(engine, Size(), shares, concurrent_learners, typer.echo)
    except EngineUnavailable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    for problem in result.problems:
        typer.echo(problem)
    typer.echo("cost grows" if result.problems else "cost is constant")
    raise typer.Exit(1 if result.problems else 0)
