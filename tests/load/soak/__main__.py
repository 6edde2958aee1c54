"""Run concurrent learners against a failing database: python -m tests.load.soak --help."""

import typer

from tests.load.soak.command import command

if __name__ == "__main__":
    typer.run(command)
