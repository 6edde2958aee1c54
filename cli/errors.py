"""Write docs/errors.md, the list of all error codes, from the error classes."""

from pathlib import Path

import typer

from cli._openapi.error_classes import all_error_classes

DOCUMENT = Path(__file__).parent.parent / "docs" / "errors.md"
_INTRODUCTION = """# Errors
Every error response is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail`, `code`, `trace_id`,
and for 422 also `errors: [{loc, msg, type}]`. `code` is stable: rely on it, not on the texts. Unless its title says
otherwise, an error means that the request changed nothing. Responses with 429 and 503 carry `Retry-After`; after 503
the same request may be sent again. `type` is the URL of the code in this list, which the API serves at `/docs/errors`.

`python -m cli errors` generates this page from the error classes; `make check` fails when it is out of date.

| status | code | title |
|---|---|---|
"""


def command(
    check: bool = typer.Option(False, help="Write nothing; fail if the page is out of date."),
) -> None:
    """Write docs/errors.md."""
    text = _render_page()
    if check and (not DOCUMENT.exists() or DOCUMENT.read_text() != text):
        typer.echo("docs/errors.md is out of date: run python -m cli errors", err=True)
        raise typer.Exit(1)
    if not check:
        DOCUMENT.write_text(text)
        typer.echo(f"wrote {DOCUMENT.name}")


def _render_page() -> str:
    rows = [
        f'| {error.status} | <a id="{error.code}"></a>`{error.code}` | {error.title} |' for error in all_error_classes()
    ]
    return _INTRODUCTION + "\n".join(rows) + "\n"
