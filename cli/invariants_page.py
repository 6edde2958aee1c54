"""Write the list of the invariants from the code: docs/invariants.md."""

from pathlib import Path
from typing import Annotated, Final

import typer

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "invariants.md"
HEAD: Final = """# Invariants
Rules that hold at every moment, despite failures, crashes, and messages that come late or twice. *Table check* means:
`python -m cli invariants` checks the whole table and prints every breach, and the function `payments-invariants` does
the same every hour and emits a metric for each invariant. A scan is not atomic, so a suspect item is read three times
before it is reported. The other invariants concern a sequence of events, which no stored item shows: tests verify them.

This page is written by `python -m cli invariants-page` from `functions/payments/invariants/registry.py`; `make check`
fails when they differ.

| | invariant | rule | verified by |
|---|---|---|---|
"""


def command(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when the page is out of date.")] = False,
) -> None:
    """Write docs/invariants.md."""
    text = render_page()
    if check and (not DOCUMENT.exists() or DOCUMENT.read_text() != text):
        typer.echo("docs/invariants.md is out of date: run python -m cli invariants-page", err=True)
        raise typer.Exit(1)
    if not check:
        DOCUMENT.write_text(text)
        typer.echo(f"wrote {DOCUMENT.name}")


def render_page() -> str:
    from functions.payments.invariants.registry import INVARIANTS

    rows = [f"| {each.id} | {each.name} | {each.rule} | {each.verified_by} |\n" for each in INVARIANTS]
    return HEAD + "".join(rows)
