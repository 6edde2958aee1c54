"""Write the credit and debit notes of refunds that earlier versions recorded."""

import typer

from cli._settings import running_stack_settings

_PAGE = 1_000


def command() -> None:
    """Write the missing credit and debit notes of receipts of versions before the notes, dated today. The sweep numbers
    them. Safe to repeat and to interrupt: a receipt that is done is not done again. Exit code 1 when a receipt could
    not be done; the log names it.
    """
    with running_stack_settings():
        from functions.payments.receipts.missing_notes import MissingNotesReport, issue_missing_notes

        def show(done: MissingNotesReport) -> None:
            if done.receipts % _PAGE == 0:
                typer.echo(str(done), err=True)

        report = issue_missing_notes(show)
    typer.echo(str(report))
    if report.failed:
        raise typer.Exit(1)
