"""Run concurrent learners on a database that fails, then compare both ledgers."""

from typing import Annotated

import typer


def command(
    minutes: Annotated[float, typer.Option(min=0.1, help="Duration in minutes.")] = 30,
    learners: Annotated[int, typer.Option(min=1, max=200, help="Number of concurrent learners.")] = 20,
    engine: Annotated[str, typer.Option(help="Database engine: ministack or dynamodb-local.")] = "ministack",
    seed: Annotated[int, typer.Option(help="Seed of the actions; the interleaving of threads stays random.")] = 1,
) -> None:
    """Buy, refund and withdraw concurrently under injected faults; then compare both ledgers and check the
    invariants.

    Starts its own database behind microburst, which injects the faults. Exit code 1 when the ledgers differ or an
    invariant is violated.
    """
    from local.dynamodb.dynamodb_local import EngineUnavailable
    from local.dynamodb.engines import ENGINE_STARTERS
    from tests.load.soak.run import run_soak

    if engine not in ENGINE_STARTERS:
        raise typer.BadParameter(f"{engine!r} is not one of {', '.join(ENGINE_STARTERS)}")
    try:
        passed = run_soak(engine, minutes * 60, learners, seed, typer.echo)
    except EngineUnavailable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if passed else 1)
