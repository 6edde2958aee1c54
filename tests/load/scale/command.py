"""What pages and dashboards cost at one, ten and a hundred percent of a large platform."""

from typing import Annotated

import typer


def command(
    engine: Annotated[
        str, typer.Option(help="dynamodb-local, or ministack, whose index queries grow.")
    ] = "dynamodb-local",
    most: Annotated[float, typer.Option(min=0.01, max=1, help="The largest share: 0.1 stops at ten percent.")] = 1,
    hurry: Annotated[int, typer.Option(min=1, help="Learners who enroll in one course at once.")] = 5_000,
) -> None:
    """Fill a table of its own with learners, courses and enrollments; print calls, capacity and time of each page."""
    from local.dynamodb.dynamodb_local import EngineUnavailable
    from local.dynamodb.engines import ENGINE_STARTERS
    from tests.load.scale.run import Size, run_scale

    if engine not in ENGINE_STARTERS:
        raise typer.BadParameter(f"{engine!r} is not one of {', '.join(ENGINE_STARTERS)}")
    shares = [share for share in (0.01, 0.1, 1) if share <= most]
    try:
        result = run_scale(engine, Size(), shares, hurry, typer.echo)
    except EngineUnavailable as sentence:
        typer.echo(str(sentence), err=True)
        raise typer.Exit(2) from None
    for wrong in result.problems:
        typer.echo(wrong)
    typer.echo("NOT flat" if result.problems else "flat")
    raise typer.Exit(1 if result.problems else 0)
