"""Fill the running instance with demo data."""

import typer

from cli._settings import settings_of_stack


def command() -> None:
    """Make the demo data: courses, people, enrollments and payments. Nothing is made twice."""
    with settings_of_stack() as url:
        from local.seed import Unplantable, plant

        try:
            plant(url, typer.echo)
        except Unplantable as sentence:
            typer.echo(str(sentence), err=True)
            raise typer.Exit(1) from None
