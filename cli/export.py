"""Export the ledger of the account, the payouts, or GSTR-1 of a month, as CSV or JSON Lines."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from cli._settings import running_stack_settings


class Report(StrEnum):
    LEDGER = "ledger"
    PAYOUTS = "payouts"
    GSTR1 = "gstr1"


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


def command(
    report: Annotated[Report, typer.Option(help="Which report.")],
    month: Annotated[str, typer.Option(help="The seller's month, such as 2026-11.")],
    file_format: Annotated[Format, typer.Option("--format", help="Rows as CSV, or as JSON Lines.")] = Format.CSV,
    output: Annotated[Path | None, typer.Option(help="The file to write. Default: standard output.")] = None,
) -> None:
    """Export a report of a month. Amounts are in minor units (paise), as in the API.

    The rows are written as they are read: memory does not depend on their number. Exit code 1 when the rows do not add
    up to the stored sums: the month is changing, run it again; when rows are missing because items cannot be read: the
    message names them; and when the file cannot be written.
    """
    if not re.fullmatch(r"2\d{3}-(0[1-9]|1[0-2])", month, re.ASCII):
        raise typer.BadParameter(f"{month!r} is not a month such as 2026-11")
    rows_to = sys.stdout
    with redirect_stdout(sys.stderr), running_stack_settings():  # log lines and metrics are no rows
        from functions.payments.reports import export_rows

        rows = {
            Report.LEDGER: export_rows.ledger_rows,
            Report.PAYOUTS: export_rows.payout_rows,
            Report.GSTR1: export_rows.gstr1_rows,
        }[report](month)
        columns = {
            Report.LEDGER: export_rows.LEDGER_COLUMNS,
            Report.PAYOUTS: export_rows.PAYOUT_COLUMNS,
            Report.GSTR1: export_rows.GSTR1_COLUMNS,
        }[report]
        try:
            _write(rows, columns if file_format is Format.CSV else None, output, rows_to)
        except (export_rows.SumsDiffer, export_rows.RowsUnreadable) as error:
            rows_to.flush()
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        except OSError as error:
            typer.echo(f"{output or 'standard output'} cannot be written: {error.strerror}", err=True)
            raise typer.Exit(1) from None


def _write(
    rows: Iterable[dict[str, Any]], columns: Sequence[str] | None, output: Path | None, standard: TextIO
) -> None:
    """Writes CSV with these columns, or JSON Lines without any. Raises OSError."""
    if output is None:
        _write_rows(rows, columns, standard)
        return
    with output.open("w", newline="", encoding="utf-8") as file:
        _write_rows(rows, columns, file)


def _write_rows(rows: Iterable[dict[str, Any]], columns: Sequence[str] | None, file: TextIO) -> None:
    if columns is None:
        _write_json_lines(rows, file)
        return
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerows(map(_safe, rows))


def _safe(row: dict[str, Any]) -> dict[str, Any]:
    """Text that a spreadsheet would run as a formula gets an apostrophe: names come from learners.

    https://owasp.org/www-community/attacks/CSV_Injection"""
    return {name: f"'{value}" if _is_formula(value) else value for name, value in row.items()}


def _is_formula(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))


def _write_json_lines(rows: Iterable[dict[str, Any]], file: TextIO) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
