"""Play histories over HTTP: python -m tests.load.http_histories --help."""

import typer

from tests.load.http_histories.command import command

if __name__ == "__main__":
    typer.run(command)
