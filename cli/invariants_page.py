"""Write the list of the invariants from the code: docs/invariants.md."""

from pathlib import Path
from typing import Annotated, Final

import typer

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "invariants.md"
HEAD: Final = """# Invariants
Rules that hold at every moment, despite failures, crashes, and messages that come late or twice. *Table check* means
that stored items show a breach; the function `payments-invariants` and `python -m cli invariants` find it. The other
invariants concern a sequence of events, which no stored item shows: tests verify them.

The unit of a check is one learner of a course: the enrollment, all orders for the course, their histories, receipts,
notes and certificates, read consistently by keys. So memory does not grow with the table
([decision 0037](decisions/0037-examine-invariants-by-learner.md), [figures](scale.md#the-invariant-check)). The reads
are not atomic, so a breach is reported only if three reads show it.

* **Every hour:** every learner whose orders or enrollment changed; every capture that a webhook reported; everything
  that the sweep should have done an hour ago; every learner with a breach.
* **Every night, in slices:** every learner whose versions differ from those that were examined last, or whose histories
  have not one entry for each version, and every learner again after 60 days; the numbers of receipts and notes,
  certificates that no enrollment refers to, and items that cannot be read. A manual edit that changes neither is found
  within these 60 days.
* **`python -m cli invariants`:** everything, now. With `--order` or `--user` one learner.

The projector reports each change, and a report that is lost costs at most a day. Each run emits a metric for each
invariant, zeros included. A learner with a breach stays listed, and is reported every hour until the breach is gone.
A stored value that no check expects is a breach (I17) of that learner alone.

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
