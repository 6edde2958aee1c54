"""The in-memory table at the scale of a sale day: a sorted due index, no history, no log of changes; its latency."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.fixtures.memory_dynamodb.attribute_values import RawItem
from tests.fixtures.memory_dynamodb.table import Key, MemoryTable, Request
from tests.load.sale_day.virtual_time import VirtualTime

_HISTORY = ("EVENT#", "HISTORY#")
_MAX_TOKENS = 1_000
_SECONDS = {"TransactWriteItems": 0.015}
_OTHER_SECONDS = 0.005
CPU_SECONDS = 0.0025
"""Of one request in the function, with signature, JSON and decision: 2.0 to 2.4 ms were measured on the machine of
docs/scale.md."""


class SaleTable(MemoryTable):
    """History entries are checked, but not kept: they would take most of the memory. `on_sale` is called with the order
    id when a transaction stores a new receipt."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        super().__init__(seconds)
        self.on_sale: Callable[[str], None] = lambda _: None
        self._due: dict[str, list[tuple[str, str, str]]] = {}

    def put(self, raw: RawItem) -> None:
        """Stores an item as somebody else's function did."""
        self._write((raw["pk"]["S"], raw["sk"]["S"]), raw)

    def remove(self, key: Key) -> None:
        self._write(key, None)

    def has_due_receipts(self) -> bool:
        return any(pk.startswith("RECEIPT#") for listed in self._due.values() for _, pk, _ in listed)

    def _query_or_scan(self, operation: str, request: Request, stale: dict[Key, RawItem | None]) -> Request:
        if request.get("IndexName") == "gsi2":
            return self._query_due(request)
        return super()._query_or_scan(operation, request, stale)

    def _query_due(self, request: Request) -> Request:
        texts = [value["S"] for value in request["ExpressionAttributeValues"].values()]
        [partition] = [text for text in texts if text.startswith("DUE#")]
        [until] = [text for text in texts if not text.startswith("DUE#")]
        listed = self._due.get(partition, [])
        entries = listed[: bisect_right(listed, (until, "\uffff", ""))]
        if request.get("ScanIndexForward") is False:
            entries.reverse()
        if start := request.get("ExclusiveStartKey"):
            entries = entries[entries.index((start["gsi2sk"]["S"], start["pk"]["S"], start["sk"]["S"])) + 1 :]
        entries = entries[: request["Limit"]]
        items = [
            {"pk": {"S": pk}, "sk": {"S": sk}, "gsi2pk": {"S": partition}, "gsi2sk": {"S": due}}
            for due, pk, sk in entries
        ]
        last = {"LastEvaluatedKey": items[-1]} if len(items) == request["Limit"] else {}
        return {"Items": items, "Count": len(items), "ScannedCount": len(items), **last}

    def _TransactWriteItems(self, request: Request) -> Request:  # noqa: N802 (the API's operation names)
        response = super()._TransactWriteItems(request)
        if len(self._tokens) > _MAX_TOKENS:
            self._tokens.clear()
        for operation in request["TransactItems"]:
            item = operation.get("Put", {}).get("Item")
            if item and item["sk"]["S"] == "RECEIPT":
                self.on_sale(item["order_id"]["S"])
        return response

    def _write(self, key: Key, new: RawItem | None) -> None:
        if key[1].startswith(_HISTORY):
            return
        old = self.items.pop(key, None)
        if old and "gsi2pk" in old:
            listed = self._due[old["gsi2pk"]["S"]]
            del listed[bisect_left(listed, (old["gsi2sk"]["S"], *key))]
        if new is not None:
            self.items[key] = new
        if new and "gsi2pk" in new:
            insort(self._due.setdefault(new["gsi2pk"]["S"], []), (new["gsi2sk"]["S"], *key))


class SaleDynamoClient:
    """Replaces botocore's client inside PynamoDB. `requests` counts the operations of the sweep."""

    _request_signer = None
    """PynamoDB checks this attribute for expired credentials."""

    def __init__(self, time: VirtualTime, table: SaleTable) -> None:
        self._time = time
        self._table = table
        self.requests: Counter[str] = Counter()

    def _make_api_call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self.requests[operation] += 1
        self._time.use_cpu(CPU_SECONDS)
        self._time.sleep(_SECONDS.get(operation, _OTHER_SECONDS))
        return self._table.call(operation, request)
