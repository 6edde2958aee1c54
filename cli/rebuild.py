"""Rebuild the read models."""

import importlib
from typing import TYPE_CHECKING, Annotated

import typer

from cli._settings import running_stack_settings
from cli.reconcile import fail

if TYPE_CHECKING:
    from shared.db.read_models.rebuild_run import RebuildState


def command(
    restart: Annotated[bool, typer.Option(help="Start from the beginning instead of resuming a run.")] = False,
    wait: Annotated[
        float | None,
        typer.Option(min=0, help="Seconds to wait for projector batches that started before the rebuild; default 130."),
    ] = None,
) -> None:
    """Rebuild catalogue and dashboards from the write model under traffic. The next call resumes a killed run.

    Exit code 2 when an item cannot be read: no total without it is written. Mend it, and repeat the command.
    """
    with running_stack_settings():
        rebuild = importlib.import_module("functions.dashboards.read_model_rebuild")
        steps = importlib.import_module("shared.db.read_models.rebuild_steps")
        bar = _ProgressBar(steps.approximate_item_count())
        try:
            rebuild.rebuild_read_models(bar, restart=restart, **({} if wait is None else {"wait_seconds": wait}))
        except rebuild.RebuildSuperseded as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        except Exception as error:  # noqa: BLE001 (an operator gets a sentence, whatever cannot be read)
            typer.echo("", err=True)
            fail(error)
        typer.echo(f"rebuilt; {bar.corrected} counters were corrected. `python -m cli recount` compares them")


class _ProgressBar:
    """A progress bar for each stage. `total` is an approximate number of items, so a stage may end before its bar is
    full."""

    WIDTH = 30

    def __init__(self, total: int) -> None:
        self.total = total
        self.corrected = 0
        self.stage = ""

    def __call__(self, run: "RebuildState", corrected: int) -> None:
        self.corrected = corrected
        stage = run.stage.label
        if self.stage and stage != self.stage:
            typer.echo(f"\r{self.stage:<22} [{'#' * self.WIDTH}] 100 %", err=True)
        self.stage = stage
        share = min(run.done / self.total, 1) if self.total else 0
        filled = int(share * self.WIDTH)
        line = f"\r{stage:<22} [{'#' * filled}{'.' * (self.WIDTH - filled)}] {share:4.0%} {run.done} items"
        typer.echo(line, err=True, nl=False)
        if stage == "done":
            typer.echo("", err=True)
