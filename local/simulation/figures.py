"""The dashboards of a history: its table's changes through the real projector, held against a recount (I13)."""

from collections.abc import Iterator
from typing import Any

from functions.dashboards import recount
from functions.dashboards.projector_handler import lambda_handler
from local.simulation.play import Play
from shared.invariants.ledger import Breach

_BATCH = 10


def recounted(play: Play) -> Iterator[Breach]:
    """Feeds every change there was to the projector, some batches twice, and compares."""
    records = [_record(number, change) for number, change in enumerate(play.world.table.journal)]
    for first in range(0, len(records), _BATCH):
        batch = {"Records": records[first : first + _BATCH]}
        for _ in range(play.random.choice((1, 1, 2))):
            failed = lambda_handler(batch, None)["batchItemFailures"]
            if failed:
                yield Breach("I13", "", f"a change could not be projected: {records[first]}")
                return
    for row in recount.report().rows:
        yield Breach("I13", row.figure, str(row))


def _record(number: int, change: Any) -> dict[str, Any]:
    images = {name: image for name, image in (("OldImage", change.old), ("NewImage", change.new)) if image}
    kind = "INSERT" if change.old is None else "MODIFY" if change.new else "REMOVE"
    keys = {"pk": {"S": change.key[0]}, "sk": {"S": change.key[1]}}
    return {
        "eventID": f"event-{number}",
        "eventName": kind,
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "ApproximateCreationDateTime": change.at,
            "Keys": keys,
            "SequenceNumber": f"{number:021d}",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }
