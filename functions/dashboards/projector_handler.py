"""Lambda entry point of the projector: reads the table's stream.

The stream delivers the records of one item in order, so the batch ends at the first record that fails. It and the
records after it are delivered again; counters that were updated already are not updated twice.
"""

from typing import Any

from functions.dashboards import projector


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Returns `{"batchItemFailures": [{"itemIdentifier": …}]}` with the first record that failed, or an empty list.

    The event source mapping retries from that record. When a function error fails the whole batch, it halves the batch.
    A record that fails every retry is reported to the dead-letter queue: its position in the stream, not its
    content."""
    records = event["Records"]
    failed = projector.project(records)
    if failed is None:
        return {"batchItemFailures": []}
    return {"batchItemFailures": [{"itemIdentifier": records[failed]["dynamodb"]["SequenceNumber"]}]}
