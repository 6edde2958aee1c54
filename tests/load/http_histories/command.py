"""Random histories over HTTP against a product that is killed and restarted, with lost messages."""

import random
from pathlib import Path
from typing import Annotated

import typer


def command(
    histories: Annotated[int, typer.Option(min=1, help="Number of histories.")] = 200,
    seed: Annotated[int | None, typer.Option(help="Seed of the plans; random by default. It is printed.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=100, help="Histories that share one product.")] = 20,
    only: Annotated[int | None, typer.Option(min=0, help="Play only the history of this number.")] = None,
    reconciliation: Annotated[
        bool, typer.Option(help="Without it nothing is reconciled: lost messages must be reported.")
    ] = True,
    logs: Annotated[Path | None, typer.Option(help="Folder that keeps the logs of the product.")] = None,
    kill_after: Annotated[int, typer.Option(min=0, help="Mean of the requests between two kills; 0: none.")] = 150,
) -> None:
    """Play histories, kill the product while requests are in flight, lose messages of all kinds in half of them. At
    rest, compare both ledgers, the access of each learner, the invariants, the counters, the receipts, and each answer
    that a client got.

    The seed decides the actions, the losses and the moments of the kills; timing decides what they meet. Exit code 1
    when a history failed, with its log."""
    from tests.load.http_histories.run import Run, play

    chosen = random.SystemRandom().randrange(10**6) if seed is None else seed
    passed = play(Run(histories, chosen, batch, only, reconciliation, kill_after, logs), typer.echo)
    raise typer.Exit(0 if passed else 1)
