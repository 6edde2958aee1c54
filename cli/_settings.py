"""Point a command at the running stack, or end it with a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def running_stack_settings() -> Iterator[str]:
    """The block runs with the settings of the stack that runs, or those of the environment; gives its URL.

    Ends the command with exit code 2 and a sentence when nothing runs, or a setting cannot be used.
    """
    from local.running_stack import StackNotRunning, use_running_stack
    from shared.config import SettingUnusable, settings

    try:
        url = use_running_stack()
        settings()
        yield url
    except (StackNotRunning, SettingUnusable) as sentence:
        typer.echo(str(sentence), err=True)
        raise typer.Exit(2) from None
