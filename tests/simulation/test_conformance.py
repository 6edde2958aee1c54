"""The simulation's table answers as a real engine does: random operations, the same answers and the same errors."""

import copy
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.engine import Engine, aws_client
from local.simulation.store import MemoryTable
from tests.simulation.operations import Operations

SINGLE = ("PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query")


@pytest.mark.parametrize("seed", range(8))
def test_random_operations_have_the_same_outcome(engine: Engine, table: str, seed: int) -> None:
    real, ours, operations = (
        aws_client("dynamodb", engine.endpoint),
        MemoryTable(time.monotonic),
        Operations(seed, table),
    )
    for step in range(400):
        kind, request = operations.draw()
        if kind in SINGLE:
            request = {"TableName": table, **request}
        told, said = outcome(real._make_api_call, kind, request), outcome(ours.call, kind, request)
        assert said == told, f"step {step}: {kind} {request}"
    assert by_key(ours.call("Scan", {})["Items"]) == by_key(real.scan(TableName=table)["Items"])


def outcome(call: Any, kind: str, request: dict[str, Any]) -> Any:
    """What a caller sees: the answer, or the error's code with the reasons of a cancellation."""
    try:
        answer = call(kind, copy.deepcopy(request))
    except ClientError as refused:
        response = refused.response
        return normal(
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
    return normal(answer)


def by_key(items: list[dict[str, Any]]) -> list[Any]:
    return normal(sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"])))  # type: ignore[no-any-return]


def normal(value: Any) -> Any:
    """Sets have no order."""
    if isinstance(value, dict):
        return {name: sorted(each) if name == "SS" else normal(each) for name, each in value.items()}
    return [normal(each) for each in value] if isinstance(value, list | tuple) else value
