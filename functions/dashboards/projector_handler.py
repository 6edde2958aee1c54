"""Lambda entry point of the projector: reads the table's stream.

Records of one item arrive in order, so the first record that fails ends the batch. It and the records after it are
delivered again, and counters that were updated already are not updated twice.
"""

from typing import Any

from functions.dashboards import projector


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Returns `{"batchItemFailures": [{"itemIdentifier": …}]}` with the first record that failed, or an empty list.

    The event source retries, halves the batch, and sends a record that never succeeds to the dead-letter queue."""
    records = event["Records"]
    failed = projector.project(records)
    if failed is None:
        return {"batchItemFailures": []}
    return {"batchItemFailures": [{"itemIdentifier": records[failed]["dynamodb"]["SequenceNumber"]}]}
