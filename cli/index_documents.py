"""List the receipts and notes that earlier versions numbered."""

import typer

from cli._settings import running_stack_settings


def command() -> None:
    """List each numbered receipt and note of an earlier version in the month of its date, for GSTR-1. Reads the whole
    table. Safe to repeat and to interrupt."""
    with running_stack_settings():
        from shared.db import table_scan
        from shared.db.payments.documents import tax_documents

        count = sum(map(tax_documents.add_missing_listing, table_scan.scan_all()))
    typer.echo(f"listed {count} documents")
