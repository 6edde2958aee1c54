"""A table of any number of sales that are generated when they are read: a real engine needs minutes for a page of a
large table, and its memory."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from tests.fixtures.memory_dynamodb import queries
from tests.fixtures.memory_dynamodb.attribute_values import RawItem
from tests.fixtures.memory_dynamodb.table import Key, MemoryTable, key_of
from tests.load.invariants.sales import Purchase, copy_of, shared_items

Json = dict[str, Any]

PAGE_BYTES: Final = 1_000_000
"""A Scan reads at most about 1 MB."""
_COPIED_ID: Final = re.compile(r"\d(\d{9})(?!\d)")
"""The number of a sale in an id of it (`sales.copy_of`)."""


class GeneratedTable:
    """The operations of the invariant check, as botocore's client has them. `written` holds what the check writes."""

    def __init__(self, purchase: Purchase, sales: int) -> None:
        self._purchase = purchase
        self._sales = sales
        self._sale = lru_cache(maxsize=1_000)(self._generate)
        self.written = MemoryTable(lambda: 0.0)
        self.requests: dict[str, int] = {}

    def call(self, operation: str, request: Json) -> Json:
        """Raises ClientError."""
        self.requests[operation] = self.requests.get(operation, 0) + 1
        if operation == "Scan":
            return self._scan(request)
        if operation == "UpdateItem":
            key = key_of(request["Key"])
            stored = self._items_near([key[0]]).items.get(key)
            if stored and key not in self.written.items:
                self.written._write(key, stored)
            return self.written.call(operation, request)
        if request.get("IndexName") == "gsi2":
            return self.written.call(operation, request)
        return self._items_near(_partitions(operation, request)).call(operation, request)

    def _items_near(self, partitions: Sequence[str]) -> MemoryTable:
        """A table with all items of the sales that these partitions belong to."""
        near = MemoryTable(lambda: 0.0)
        sales = [item for number in dict.fromkeys(map(_sale_number, partitions)) for item in self._sale(number)]
        for item in sales:
            near._write(key_of(item), item)
        for pk in {*partitions, *(item["pk"]["S"] for item in sales)}:
            for sk in self.written.partitions.get(pk, ()):
                near._write((pk, sk), self.written.items[pk, sk])
        return near

    def _generate(self, number: int) -> list[RawItem]:
        """The items of one sale; those that all sales share are number 0."""
        if number > self._sales:
            return []
        items = copy_of(self._purchase, number) if number else shared_items(self._purchase, self._sales)
        return sorted(items, key=key_of)

    def _scan(self, request: Json) -> Json:
        """One page: whole sales, in the order of their numbers."""
        start = request.get("ExclusiveStartKey")
        number = _sale_number(start["pk"]["S"]) + 1 if start else 0
        page: dict[Key, RawItem] = {}
        size = 0
        while number <= self._sales and size < PAGE_BYTES:
            sale = self._items_near([item["pk"]["S"] for item in self._sale(number)][:1])
            page.update(sale.items)
            size += self._purchase.stored_bytes
            number += 1
        without_start = {name: value for name, value in request.items() if name != "ExclusiveStartKey"}
        response = queries.scan(page, without_start)
        if number <= self._sales:
            pk, sk = max(key for key in page if _sale_number(key[0]) == number - 1)
            response["LastEvaluatedKey"] = {"pk": {"S": pk}, "sk": {"S": sk}}
        return response


def _sale_number(pk: str) -> int:
    found = _COPIED_ID.search(pk)
    return int(found[1]) if found else 0


def _partitions(operation: str, request: Json) -> list[str]:
    if operation == "Query":
        return [value["S"] for value in request["ExpressionAttributeValues"].values() if "S" in value][:1]
    if operation == "BatchGetItem":
        return [key["pk"]["S"] for each in request["RequestItems"].values() for key in each["Keys"]]
    return [request["Key"]["pk"]["S"]]
