"""Reads the table's stream. Records of one item come in order, so the first that fails ends the batch: it and those
behind it are delivered again, and what was counted is not counted twice."""

from typing import Any

from functions.dashboards import projector
from shared.observability import logger


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's)
    """Answers `{"batchItemFailures": [{"itemIdentifier": …}]}`: the first record that could not be projected, or none.

    The event source tries again, halves the batch, and parks a record that never succeeds."""
    for record in event["Records"]:
        try:
            projector.apply(record)
        except Exception:  # noqa: BLE001 (whatever is wrong with a record, those before it are done)
            logger().exception("not projected", extra={"event_id": record.get("eventID")})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
