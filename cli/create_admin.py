"""Make the first administrator: the API itself never makes one."""

import importlib
from typing import Annotated

import typer

from cli._settings import running_stack_settings


def command(
    email: Annotated[str, typer.Option(help="Address to sign in with.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, help="Asked for when it is not given.")],
    name: Annotated[str, typer.Option(help="Shown beside what the administrator does.")] = "Administrator",
) -> None:
    """Create an administrator; exit code 1 when it is refused."""
    with running_stack_settings():
        from shared.errors import DomainError

        service = importlib.import_module("functions.auth.service")
        try:
            service.create_admin(email, password, name)
        except DomainError as refused:
            typer.echo(str(refused) or type(refused).__name__, err=True)
            raise typer.Exit(1) from None
    typer.echo(f"{email} can sign in as an administrator")
