"""Reads the table's stream. Records of one item come in order, so the first that fails ends the batch: it and those
behind it are delivered again, and what was counted is not counted twice."""

from typing import Any

from functions.dashboards import projector


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's)
    """Answers `{"batchItemFailures": [{"itemIdentifier": …}]}`: the first record that could not be projected, or none.

    The event source tries again, halves the batch, and parks a record that never succeeds."""
    records = event["Records"]
    failed = projector.project(records)
    if failed is None:
        return {"batchItemFailures": []}
    return {"batchItemFailures": [{"itemIdentifier": records[failed]["dynamodb"]["SequenceNumber"]}]}
