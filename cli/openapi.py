"""Write functions/dashboards/openapi.json, the document that GET /api/openapi.json serves."""

import importlib
import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

ROOT: Final = Path(__file__).parent.parent
DOCUMENT: Final = ROOT / "functions" / "dashboards" / "openapi.json"


def command(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if the document is out of date.")] = False,
) -> None:
    """Write functions/dashboards/openapi.json from the routes of all functions."""
    current = DOCUMENT.read_text() if DOCUMENT.exists() else ""
    rendered = render_document()
    if rendered == current:
        typer.echo(f"{DOCUMENT.relative_to(ROOT)} is up to date")
    elif check:
        typer.echo(f"{DOCUMENT.relative_to(ROOT)} is out of date: run python -m cli openapi", err=True)
        raise typer.Exit(1)
    else:
        DOCUMENT.write_text(rendered)
        typer.echo(f"wrote {DOCUMENT.relative_to(ROOT)}")


def render_document() -> str:
    return json.dumps(build_document(), indent=1, ensure_ascii=False) + "\n"


def build_document() -> dict[str, Any]:
    """The document of all functions behind the API."""
    from cli._openapi.document import build_document
    from cli._openapi.error_classes import all_error_classes
    from functions import manifest
    from shared.version import VERSION

    routes = [route for name in manifest.HTTP for route in importlib.import_module(name).app.routes]
    return build_document(routes, all_error_classes(), VERSION)
