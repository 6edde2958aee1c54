"""Run random crash-and-race histories with the real handlers: python -m tests.simulation --help."""

import typer

from tests.simulation.command import command

if __name__ == "__main__":
    typer.run(command)
