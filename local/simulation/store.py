"""One DynamoDB table in memory: the operations our code uses, with their conditions, answers and errors.

`call(operation, request)` takes and gives what botocore's client does; a refusal is the same ClientError. A stored item
is never changed in place, so a reference to it is a picture of its time. tests/simulation/test_conformance.py holds it
against a real engine.
"""

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from local.simulation import expressions
from local.simulation.expressions import Names, Refused
from local.simulation.queries import Found, query, scan
from local.simulation.refusals import cancelled, error
from local.simulation.updates import applied, update
from local.simulation.values import Raw

Request = dict[str, Any]
Key = tuple[str, str]

_TOKEN_SECONDS: Final = 600
_FAILED: Final = "The conditional request failed"


class Change(NamedTuple):
    """What a write did to an item: None stands for an item that is not there."""

    at: float
    key: Key
    old: Raw | None
    new: Raw | None


class Table:
    """`seconds` is the time that client request tokens are remembered by."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self.items: dict[Key, Raw] = {}
        self.partitions: dict[str, list[str]] = {}
        self.journal: list[Change] = []
        self._seconds = seconds
        self._tokens: dict[str, tuple[float, Request]] = {}

    def call(self, operation: str, request: Request, *, stale: dict[Key, Raw | None] | None = None) -> Request:
        """The answer; `stale` are items as an index that lags still has them. Raises ClientError."""
        try:
            if operation in ("Query", "Scan"):
                return self._read_many(operation, request, stale or {})
            answer: Request = getattr(self, f"_{operation}")(request)
        except Refused as wrong:
            raise error(operation, "ValidationException", str(wrong)) from None
        return answer

    def _read_many(self, operation: str, request: Request, stale: dict[Key, Raw | None]) -> Request:
        if operation == "Scan":
            return scan(self.items, request)
        index = request.get("IndexName")
        if index is None:
            return query(request, self._in_partition)
        items = {**self.items, **stale} if stale else self.items
        hash_name = f"{index}pk"

        def listed(hash_value: str) -> Found:
            wanted = {"S": hash_value}
            return [(key, item) for key, item in items.items() if item and item.get(hash_name) == wanted]

        return query(request, listed)

    def _in_partition(self, pk: str) -> Found:
        return [((pk, sk), self.items[pk, sk]) for sk in self.partitions.get(pk, ())]

    def _GetItem(self, request: Request) -> Request:  # noqa: N802 (operations are named as the API names them)
        item = self.items.get(key_of(request["Key"]))
        return {"Item": item} if item else {}

    def _BatchGetItem(self, request: Request) -> Request:  # noqa: N802
        answer: Request = {"Responses": {}, "UnprocessedKeys": {}}
        for name, wanted in request["RequestItems"].items():
            keys = [key_of(each) for each in wanted["Keys"]]
            if not keys or len(keys) > 100 or len(set(keys)) < len(keys):
                raise Refused("Provided list of item keys is empty, too long or contains duplicates")
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
        return self._single("PutItem", request, key_of(request["Item"]))

    def _UpdateItem(self, request: Request) -> Request:  # noqa: N802
        return self._single("UpdateItem", request, key_of(request["Key"]))

    def _DeleteItem(self, request: Request) -> Request:  # noqa: N802
        return self._single("DeleteItem", request, key_of(request["Key"]))

    def _single(self, operation: str, request: Request, key: Key) -> Request:
        old = self.items.get(key)
        if not _holds(request, old):
            found = {"Item": old} if old and _wants_item(request) else {}
            raise error(operation, "ConditionalCheckFailedException", _FAILED, **found)
        new = _RESULTS[operation.removesuffix("Item")](request, old)
        self._write(key, new)
        returned = {"ALL_OLD": old, "ALL_NEW": new}.get(request.get("ReturnValues", "NONE"))
        return {"Attributes": returned} if returned else {}

    def _TransactWriteItems(self, request: Request) -> Request:  # noqa: N802
        operations = [next(iter(each.items())) for each in request["TransactItems"]]
        keys = [key_of(each["Item"] if kind == "Put" else each["Key"]) for kind, each in operations]
        if len(set(keys)) < len(keys):
            raise Refused("Transaction request cannot include multiple operations on one item")
        token = request.get("ClientRequestToken")
        if token and self._done_before(token, request):
            return {}
        writes: list[tuple[Key, Raw | None]] = []
        reasons: list[Request] = []
        for (kind, each), key in zip(operations, keys, strict=True):
            old = self.items.get(key)
            reasons.append(_reason(kind, each, key, old, writes))
        if any(reason["Code"] != "None" for reason in reasons):
            raise cancelled(reasons)
        for key, new in writes:
            self._write(key, new)
        if token:
            self._tokens[token] = (self._seconds(), request)
        return {}

    def _done_before(self, token: str, request: Request) -> bool:
        at, done = self._tokens.get(token, (float("-inf"), {}))
        if self._seconds() - at >= _TOKEN_SECONDS:
            return False
        if done != request:
            message = "The idempotent parameter does not match an idempotent request of the same token"
            raise error("TransactWriteItems", "IdempotentParameterMismatchException", message)
        return True

    def _write(self, key: Key, new: Raw | None) -> None:
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
        self.journal.append(Change(self._seconds(), key, old, new))


def key_of(raw: Raw) -> Key:
    return raw["pk"]["S"], raw["sk"]["S"]


def names_of(request: Request) -> Names:
    return Names(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))


def _reason(kind: str, each: Request, key: Key, old: Raw | None, writes: list[tuple[Key, Raw | None]]) -> Request:
    """Why the operation cannot be done; otherwise what it writes is added to `writes`."""
    if not _holds(each, old):
        found = {"Item": old} if old and _wants_item(each) else {}
        return {"Code": "ConditionalCheckFailed", "Message": _FAILED, **found}
    if kind != "ConditionCheck":
        try:
            writes.append((key, _RESULTS[kind](each, old)))
        except Refused as wrong:
            return {"Code": "ValidationError", "Message": str(wrong)}
    return {"Code": "None"}


def _holds(request: Request, item: Raw | None) -> bool:
    text = request.get("ConditionExpression")
    return text is None or expressions.condition(text)(item or {}, names_of(request))


def _wants_item(request: Request) -> bool:
    return bool(request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD")


def _updated(request: Request, old: Raw | None) -> Raw:
    steps = update(request["UpdateExpression"]) if "UpdateExpression" in request else ()
    return applied(old or dict(request["Key"]), steps, names_of(request))


_RESULTS: Final[dict[str, Callable[[Request, Raw | None], Raw | None]]] = {
    "Put": lambda request, _: dict(request["Item"]),
    "Update": _updated,
    "Delete": lambda _, __: None,
}
