"""Runs a command of the CLI in this process, on the table of the test."""

from collections.abc import Callable
from typing import Any

import typer
from typer.testing import CliRunner


def run_command(command: Callable[..., Any], *arguments: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    single = typer.Typer(pretty_exceptions_enable=False)
    single.command()(command)
    done = CliRunner().invoke(single, list(arguments))
    return done.exit_code, done.output
