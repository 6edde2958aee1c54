"""`python -m cli COMMAND`: one module of this package per command, its function `command`.

A command's module imports what it needs inside the function, so that listing and starting any command is quick.
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
