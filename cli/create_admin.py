"""Create the first administrator: the API cannot create one."""

import importlib
from typing import Annotated

import typer

from cli._settings import running_stack_settings


def command(
    email: Annotated[str, typer.Option(help="E-mail address to sign in with.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, help="Prompted for when omitted.")],
    name: Annotated[str, typer.Option(help="Name shown with the administrator's actions.")] = "Administrator",
) -> None:
    """Create an administrator. Exit code 1 when the address is taken or the password is rejected."""
    with running_stack_settings():
        from shared.errors import DomainError

        service = importlib.import_module("functions.auth.service")
        try:
            service.create_admin(email, password, name)
        except DomainError as error:
            typer.echo(str(error) or type(error).__name__, err=True)
            raise typer.Exit(1) from None
    typer.echo(f"{email} can sign in as an administrator")
