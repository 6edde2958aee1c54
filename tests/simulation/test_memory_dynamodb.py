"""The simulation's table answers as a real engine does: random operations, the same answers and the same errors."""

import copy
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.dynamodb.engine import Engine, aws_client
from tests.fixtures.memory_dynamodb.table import MemoryTable
from tests.simulation.random_requests import RequestGenerator

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
        told, said = outcome(real._make_api_call, kind, request), outcome(ours.call, kind, request)
        assert said == told, f"step {step}: {kind} {request}"
    assert sorted_by_key(ours.call("Scan", {})["Items"]) == sorted_by_key(real.scan(TableName=table)["Items"])


def outcome(call: Any, kind: str, request: dict[str, Any]) -> Any:
    """What a caller sees: the answer, or the error's code with the reasons of a cancellation."""
    try:
        answer = call(kind, copy.deepcopy(request))
    except ClientError as refused:
        response = refused.response
        return normalised(
            {
                "code": response["Error"]["Code"],
                "item": response.get("Item"),
                "reasons": [(each["Code"], each.get("Item")) for each in response.get("CancellationReasons", [])],
            }
        )
    for told in ("ResponseMetadata", "ConsumedCapacity", "ScannedCount", "ItemCollectionMetrics"):
        answer.pop(told, None)
    for found in answer.get("Responses", {}).values():
        found.sort(key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
    return normalised(answer)


def sorted_by_key(items: list[dict[str, Any]]) -> list[Any]:
    return normalised(sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"])))  # type: ignore[no-any-return]


def normalised(value: Any) -> Any:
    """Sets have no order."""
    if isinstance(value, dict):
        return {name: sorted(each) if name == "SS" else normalised(each) for name, each in value.items()}
    return [normalised(each) for each in value] if isinstance(value, list | tuple) else value
