"""The list of every refusal, written from the classes: docs/errors.md."""

import importlib
import pkgutil
from collections import defaultdict
from pathlib import Path

import typer

DOCUMENT = Path(__file__).parent.parent / "docs" / "errors.md"
HEAD = """# Errors
Every refusal is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail`, `code`, `trace_id`, and for
422 `errors: [{loc, msg, type}]`. `code` is stable: build on it, not on the texts. Unless a line says otherwise, a
refusal has changed nothing. 503 answers carry `Retry-After`, and the same request may be sent again.

This page is written by `python -m cli errors` from the classes; `make check` fails when they differ.

| status | code | meaning |
|---|---|---|
"""


def command(
    check: bool = typer.Option(False, help="Write nothing; fail when the page is not what it should be."),
) -> None:
    """Write docs/errors.md."""
    text = _page()
    if check and (not DOCUMENT.exists() or DOCUMENT.read_text() != text):
        typer.echo("docs/errors.md is out of date: run python -m cli errors", err=True)
        raise typer.Exit(1)
    if not check:
        DOCUMENT.write_text(text)
        typer.echo(f"wrote {DOCUMENT.name}")


def _page() -> str:
    from shared.errors import DomainError

    for package in ("functions", "shared"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)
    rows: dict[tuple[int, str], set[str]] = defaultdict(set)
    waiting = [DomainError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        rows[kind.status, kind.code].add(kind.title)
    lines = [
        f'| {status} | <a id="{code}"></a>`{code}` | {"; ".join(sorted(titles))} |'
        for (status, code), titles in sorted(rows.items())
    ]
    return HEAD + "\n".join(lines) + "\n"
