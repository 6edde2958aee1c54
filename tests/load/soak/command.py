"""Let many learners loose on a database that fails, and count every rupee afterwards."""

from typing import Annotated

import typer


def command(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long they buy, refund and withdraw.")] = 30,
    learners: Annotated[int, typer.Option(min=1, max=200, help="How many, at once.")] = 20,
    engine: Annotated[str, typer.Option(help="ministack or dynamodb-local.")] = "ministack",
    seed: Annotated[int, typer.Option(help="What they want to do; not what their threads make of it.")] = 1,
) -> None:
    """Buy, refund and withdraw concurrently through faults; then hold both ledgers and the invariants side by side.

    Needs nothing that runs: it starts its own database, and microburst before it. Exit code 1 when a rupee is missing.
    """
    from local.dynamodb.dynamodb_local import EngineUnavailable
    from local.dynamodb.engines import ENGINE_STARTERS
    from tests.load.soak.run import run_soak

    if engine not in ENGINE_STARTERS:
        raise typer.BadParameter(f"{engine!r} is not one of {', '.join(ENGINE_STARTERS)}")
    try:
        held = run_soak(engine, minutes * 60, learners, seed, typer.echo)
    except EngineUnavailable as sentence:
        typer.echo(str(sentence), err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if held else 1)
