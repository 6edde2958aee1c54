"""One DynamoDB table in memory: the operations our code uses, with their conditions, answers and errors.

`call(operation, request)` takes and gives what botocore's client does; a refusal is the same ClientError. A stored item
is never changed in place, so a reference to it is a picture of its time. tests/simulation/test_conformance.py holds it
against a real engine.
"""

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from local.simulation import expressions
from local.simulation.expressions import Placeholders, ValidationException
from local.simulation.queries import Entries, query, scan
from local.simulation.refusals import client_error, transaction_cancelled
from local.simulation.updates import apply_update, parse_update
from local.simulation.values import RawItem

Request = dict[str, Any]
Key = tuple[str, str]

_TOKEN_SECONDS: Final = 600
_CONDITION_FAILED: Final = "The conditional request failed"


class TableChange(NamedTuple):
    """What a write did to an item: None stands for an item that is not there."""

    at: float
    key: Key
    old: RawItem | None
    new: RawItem | None


class MemoryTable:
    """`seconds` is the time that client request tokens are remembered by."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self.items: dict[Key, RawItem] = {}
        self.partitions: dict[str, list[str]] = {}
        self.change_log: list[TableChange] = []
        self._seconds = seconds
        self._tokens: dict[str, tuple[float, Request]] = {}

    def call(self, operation: str, request: Request, *, stale: dict[Key, RawItem | None] | None = None) -> Request:
        """The answer; `stale` are items as an index that lags still has them. Raises ClientError."""
        try:
            if operation in ("Query", "Scan"):
                return self._query_or_scan(operation, request, stale or {})
            answer: Request = getattr(self, f"_{operation}")(request)
        except ValidationException as wrong:
            raise client_error(operation, "ValidationException", str(wrong)) from None
        return answer

    def _query_or_scan(self, operation: str, request: Request, stale: dict[Key, RawItem | None]) -> Request:
        if operation == "Scan":
            return scan(self.items, request)
        index = request.get("IndexName")
        if index is None:
            return query(request, self._in_partition)
        items = {**self.items, **stale} if stale else self.items
        hash_name = f"{index}pk"

        def listed(hash_value: str) -> Entries:
            wanted = {"S": hash_value}
            return [(key, item) for key, item in items.items() if item and item.get(hash_name) == wanted]

        return query(request, listed)

    def _in_partition(self, pk: str) -> Entries:
        return [((pk, sk), self.items[pk, sk]) for sk in self.partitions.get(pk, ())]

    def _GetItem(self, request: Request) -> Request:  # noqa: N802 (operations are named as the API names them)
        item = self.items.get(key_of(request["Key"]))
        return {"Item": item} if item else {}

    def _BatchGetItem(self, request: Request) -> Request:  # noqa: N802
        answer: Request = {"Responses": {}, "UnprocessedKeys": {}}
        for name, wanted in request["RequestItems"].items():
            keys = [key_of(each) for each in wanted["Keys"]]
            if not keys or len(keys) > 100 or len(set(keys)) < len(keys):
                raise ValidationException("Provided list of item keys is empty, too long or contains duplicates")
            answer["Responses"][name] = [self.items[key] for key in keys if key in self.items]
        return answer

    def _BatchWriteItem(self, request: Request) -> Request:  # noqa: N802
        for writes in request["RequestItems"].values():
            for write in writes:
                if "PutRequest" in write:
                    item = write["PutRequest"]["Item"]
                    self._write(key_of(item), dict(item))
                else:
                    self._write(key_of(write["DeleteRequest"]["Key"]), None)
        return {"UnprocessedItems": {}}

    def _PutItem(self, request: Request) -> Request:  # noqa: N802
        return self._write_single("PutItem", request, key_of(request["Item"]))

    def _UpdateItem(self, request: Request) -> Request:  # noqa: N802
        return self._write_single("UpdateItem", request, key_of(request["Key"]))

    def _DeleteItem(self, request: Request) -> Request:  # noqa: N802
        return self._write_single("DeleteItem", request, key_of(request["Key"]))

    def _write_single(self, operation: str, request: Request, key: Key) -> Request:
        old = self.items.get(key)
        if not _condition_holds(request, old):
            found = {"Item": old} if old and _wants_item(request) else {}
            raise client_error(operation, "ConditionalCheckFailedException", _CONDITION_FAILED, **found)
        new = _RESULTS[operation.removesuffix("Item")](request, old)
        self._write(key, new)
        returned = {"ALL_OLD": old, "ALL_NEW": new}.get(request.get("ReturnValues", "NONE"))
        return {"Attributes": returned} if returned else {}

    def _TransactWriteItems(self, request: Request) -> Request:  # noqa: N802
        operations = [next(iter(each.items())) for each in request["TransactItems"]]
        keys = [key_of(each["Item"] if kind == "Put" else each["Key"]) for kind, each in operations]
        if len(set(keys)) < len(keys):
            raise ValidationException("Transaction request cannot include multiple operations on one item")
        token = request.get("ClientRequestToken")
        if token and self._is_repeated_token(token, request):
            return {}
        writes: list[tuple[Key, RawItem | None]] = []
        reasons: list[Request] = []
        for (kind, each), key in zip(operations, keys, strict=True):
            old = self.items.get(key)
            reasons.append(_cancellation_reason(kind, each, key, old, writes))
        if any(reason["Code"] != "None" for reason in reasons):
            raise transaction_cancelled(reasons)
        for key, new in writes:
            self._write(key, new)
        if token:
            self._tokens[token] = (self._seconds(), request)
        return {}

    def _is_repeated_token(self, token: str, request: Request) -> bool:
        at, done = self._tokens.get(token, (float("-inf"), {}))
        if self._seconds() - at >= _TOKEN_SECONDS:
            return False
        if done != request:
            message = "The idempotent parameter does not match an idempotent request of the same token"
            raise client_error("TransactWriteItems", "IdempotentParameterMismatchException", message)
        return True

    def _write(self, key: Key, new: RawItem | None) -> None:
        old = self.items.get(key)
        if old == new:
            return
        sort_keys = self.partitions.setdefault(key[0], [])
        if new is None:
            del self.items[key]
            del sort_keys[bisect_left(sort_keys, key[1])]
        else:
            self.items[key] = new
            if old is None:
                insort(sort_keys, key[1])
        self.change_log.append(TableChange(self._seconds(), key, old, new))


def key_of(raw: RawItem) -> Key:
    return raw["pk"]["S"], raw["sk"]["S"]


def placeholders_of(request: Request) -> Placeholders:
    return Placeholders(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))


def _cancellation_reason(
    kind: str, each: Request, key: Key, old: RawItem | None, writes: list[tuple[Key, RawItem | None]]
) -> Request:
    """Why the operation cannot be done; otherwise what it writes is added to `writes`."""
    if not _condition_holds(each, old):
        found = {"Item": old} if old and _wants_item(each) else {}
        return {"Code": "ConditionalCheckFailed", "Message": _CONDITION_FAILED, **found}
    if kind != "ConditionCheck":
        try:
            writes.append((key, _RESULTS[kind](each, old)))
        except ValidationException as wrong:
            return {"Code": "ValidationError", "Message": str(wrong)}
    return {"Code": "None"}


def _condition_holds(request: Request, item: RawItem | None) -> bool:
    text = request.get("ConditionExpression")
    return text is None or expressions.parse_condition(text)(item or {}, placeholders_of(request))


def _wants_item(request: Request) -> bool:
    return bool(request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD")


def _update_result(request: Request, old: RawItem | None) -> RawItem:
    steps = parse_update(request["UpdateExpression"]) if "UpdateExpression" in request else ()
    return apply_update(old or dict(request["Key"]), steps, placeholders_of(request))


_RESULTS: Final[dict[str, Callable[[Request, RawItem | None], RawItem | None]]] = {
    "Put": lambda request, _: dict(request["Item"]),
    "Update": _update_result,
    "Delete": lambda _, __: None,
}
