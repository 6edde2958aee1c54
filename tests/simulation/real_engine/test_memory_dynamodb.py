"""The in-memory table against a real engine: random operations give the same results and errors."""

import copy
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.dynamodb.engine import Engine, aws_client
from tests.fixtures.memory_dynamodb.table import MemoryTable
from tests.simulation.real_engine.random_requests import RequestGenerator

SINGLE_TABLE_OPERATIONS = ("PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query")


@pytest.mark.parametrize("seed", range(8))
def test_memory_dynamodb_random_operations_match_real_engine(engine: Engine, table: str, seed: int) -> None:
    real, ours, operations = (
        aws_client("dynamodb", engine.endpoint),
        MemoryTable(time.monotonic),
        RequestGenerator(seed, table),
    )
    for step in range(400):
        kind, request = operations.draw()
        if kind in SINGLE_TABLE_OPERATIONS:
            request = {"TableName": table, **request}
        expected = outcome(real._make_api_call, kind, request)
        assert outcome(ours.call, kind, request) == expected, f"step {step}: {kind} {request}"
    assert sorted_by_key(ours.call("Scan", {})["Items"]) == sorted_by_key(real.scan(TableName=table)["Items"])


def outcome(call: Any, kind: str, request: dict[str, Any]) -> Any:
    """The response, or the error code with the cancellation reasons."""
    try:
        response = call(kind, copy.deepcopy(request))
    except ClientError as error:
        document = error.response
        reasons = document.get("CancellationReasons", [])
        return normalised(
            {
                "code": document["Error"]["Code"],
                "item": document.get("Item"),
                "reasons": [(reason["Code"], reason.get("Item")) for reason in reasons],
            }
        )
    for metadata in ("ResponseMetadata", "ConsumedCapacity", "ScannedCount", "ItemCollectionMetrics"):
        response.pop(metadata, None)
    for items in response.get("Responses", {}).values():
        items.sort(key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
    return normalised(response)


def sorted_by_key(items: list[dict[str, Any]]) -> list[Any]:
    return normalised(sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"])))  # type: ignore[no-any-return]


def normalised(value: Any) -> Any:
    """The value with sorted string sets: sets have no order."""
    if isinstance(value, dict):
        return {name: sorted(inner) if name == "SS" else normalised(inner) for name, inner in value.items()}
    return [normalised(inner) for inner in value] if isinstance(value, list | tuple) else value
