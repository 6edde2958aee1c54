"""Fill the running instance with demo data."""

import typer

from cli._settings import running_stack_settings


def command() -> None:
    """Create the demo data: courses, users, enrollments and payments. Existing demo data is left unchanged."""
    with running_stack_settings() as url:
        from local.seed import SeedError, seed_demo_data

        try:
            seed_demo_data(url, typer.echo)
        except SeedError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
