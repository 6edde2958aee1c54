"""Measure the cost of each page on a large table: python -m tests.load.scale --help."""

import typer

from tests.load.scale.command import command

if __name__ == "__main__":
    typer.run(command)
