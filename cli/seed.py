"""Fill the running instance with demo data."""

import typer

from cli._settings import running_stack_settings


def command() -> None:
    """Make the demo data: courses, people, enrollments and payments. Nothing is made twice."""
    with running_stack_settings() as url:
        from local.seed import SeedError, seed_demo_data

        try:
            seed_demo_data(url, typer.echo)
        except SeedError as sentence:
            typer.echo(str(sentence), err=True)
            raise typer.Exit(1) from None
