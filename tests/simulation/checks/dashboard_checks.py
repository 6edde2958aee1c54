"""I13: the dashboards of a history. The real projector processes all changes of the table; a recount is compared."""

from collections.abc import Iterator
from typing import Any

from functions.dashboards.projector_handler import lambda_handler
from functions.dashboards.recount import compare
from functions.payments.invariants.ledger import Breach
from tests.simulation.session import SimulationSession

_BATCH_SIZE = 10


def check_dashboards(session: SimulationSession) -> Iterator[Breach]:
    """Send all changes of the table to the projector, some batches twice, and compare with a recount."""
    records = [_stream_record(number, change) for number, change in enumerate(session.environment.table.change_log)]
    for first in range(0, len(records), _BATCH_SIZE):
        batch = {"Records": records[first : first + _BATCH_SIZE]}
        for _ in range(session.random.choice((1, 1, 2))):
            failed = lambda_handler(batch, None)["batchItemFailures"]
            if failed:
                yield Breach("I13", "", f"a change could not be projected: {records[first]}")
                return
    for row in compare.compare_counters().differences:
        yield Breach("I13", row.counter, str(row))


def _stream_record(number: int, change: Any) -> dict[str, Any]:
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
