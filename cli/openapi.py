"""Write the API document that GET /api/openapi.json serves."""

import importlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

import typer

ROOT: Final = Path(__file__).parent.parent
DOCUMENT: Final = ROOT / "functions" / "dashboards" / "openapi.json"


def command(check: Annotated[bool, typer.Option("--check", help="Only say whether it is up to date.")] = False) -> None:
    """Write functions/dashboards/openapi.json from the routes; --check fails when it is out of date."""
    current = DOCUMENT.read_text() if DOCUMENT.exists() else ""
    made = render_document()
    if made == current:
        typer.echo(f"{DOCUMENT.relative_to(ROOT)} is up to date")
    elif check:
        typer.echo(f"{DOCUMENT.relative_to(ROOT)} is out of date: run python -m cli openapi", err=True)
        raise typer.Exit(1)
    else:
        DOCUMENT.write_text(made)
        typer.echo(f"wrote {DOCUMENT.relative_to(ROOT)}")


def render_document() -> str:
    return json.dumps(build_document(), indent=1, ensure_ascii=False) + "\n"


def build_document() -> dict[str, Any]:
    """The document of every function behind the API, from the routes as they are in the code."""
    from cli._openapi.document import build_document
    from functions import manifest

    routes = [route for name in manifest.HTTP for route in importlib.import_module(name).app.routes]
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return build_document(routes, version)
