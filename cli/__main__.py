"""`python -m cli COMMAND`: each public module of this package is one command, run by its function `command`.

A module imports the product inside that function, so that listing the commands and starting one of them is quick.
"""

import importlib
import pkgutil
from pathlib import Path

import typer

app = typer.Typer(
    name="lectern",
    help="Lectern: sell and teach courses. Without other settings, every command uses the running local stack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            app.command(module.name.replace("_", "-"))(importlib.import_module(f"cli.{module.name}").command)
    app()


if __name__ == "__main__":
    main()
