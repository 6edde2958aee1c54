"""Measure a sale day: python -m tests.load.sale_day --help."""

import typer

from tests.load.sale_day.command import command

if __name__ == "__main__":
    typer.run(command)
