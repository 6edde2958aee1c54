"""Run a command with the settings of the running stack, or exit with a message."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def running_stack_settings() -> Iterator[str]:
    """Uses the settings of the running stack, or those of the environment, within the block. Yields the URL.

    Exits with code 2 and a message when no stack is running or a setting is unusable.
    """
    from local.running_stack import StackNotRunning, use_running_stack
    from shared.config import SettingUnusable, settings

    try:
        url = use_running_stack()
        settings()
        yield url
    except (StackNotRunning, SettingUnusable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
