"""Compares DynamoDB calls, as IAM authorizes them, with the privilege table (`infra/privileges.py`)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.privileges import GRANTS, Grant

_TRANSACTION_ACTIONS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


@dataclass(frozen=True)
class Call:
    """One action on one item. `sort_key` is None when the request does not name it (Query, Scan)."""

    action: str
    index: str | None
    partition_key: str
    sort_key: str | None


def calls(operation: str, request: Mapping[str, Any], response: Mapping[str, Any] | None = None) -> Iterator[Call]:
    """Yields the item-level calls of one DynamoDB request.

    With the `response` of a Query on the table, also yields a call for each item that it returned.
    """
    match operation:
        case "BatchGetItem":
            for table in request["RequestItems"].values():
                yield from (_call("BatchGetItem", key) for key in table["Keys"])
        case "BatchWriteItem":
            for writes in request["RequestItems"].values():
                yield from (_call("BatchWriteItem", _key(member)) for write in writes for member in write.values())
        case "TransactWriteItems" | "TransactGetItems":
            for item in request["TransactItems"]:
                yield from (_call(_TRANSACTION_ACTIONS[name], _key(member)) for name, member in item.items())
        case "Query":
            yield from _query_calls(request, response)
        case "Scan":
            yield Call("Scan", request.get("IndexName"), "", None)
        case _:
            yield _call(operation, _key(request))


def is_granted(function: str, call: Call) -> bool:
    """Whether the privilege table grants `call` to `function`. Raises KeyError for an unknown function."""
    return any(_covers(grant, call) for grant in GRANTS[function])


def _covers(grant: Grant, call: Call) -> bool:
    return (
        call.action in grant.actions
        and call.index == grant.index
        and _string_like(grant.partition, call.partition_key)
        and (call.sort_key is None or _string_like(grant.item, call.sort_key))
    )


def _string_like(pattern: str, text: str) -> bool:
    """Matches as IAM's StringLike does: `*` stands for any characters."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def _key(member: Mapping[str, Any]) -> Mapping[str, Any]:
    """The key of one request member. A Put has no `Key`: its item contains the key."""
    key: Mapping[str, Any] = member.get("Key") or member["Item"]
    return key


def _call(action: str, key: Mapping[str, Any]) -> Call:
    return Call(action, None, key["pk"]["S"], key["sk"]["S"])


def _query_calls(request: Mapping[str, Any], response: Mapping[str, Any] | None) -> Iterator[Call]:
    partition_key, index = _queried_partition(request), request.get("IndexName")
    yield Call("Query", index, partition_key, None)
    if index is None and response:
        yield from (Call("Query", None, partition_key, item["sk"]["S"]) for item in response.get("Items", ()))


def _queried_partition(request: Mapping[str, Any]) -> str:
    """The partition key's value: the right side of the first comparison in the key condition.

    Raises ValueError when the condition has no comparison.
    """
    name = re.search(r"=\s*(:\w+)", request["KeyConditionExpression"])
    if name is None:
        raise ValueError(f"no partition key in {request['KeyConditionExpression']}")
    value: str = request["ExpressionAttributeValues"][name[1]]["S"]
    return value
