"""Query and Scan: order, limits, pages and filters."""

from collections.abc import Callable
from typing import Any, Final

from local.simulation import expressions
from local.simulation.expressions import Placeholders
from local.simulation.values import RawItem

Request = dict[str, Any]
Entries = list[tuple[tuple[str, str], RawItem]]

_KEYS_ONLY: Final = {"gsi2": ("pk", "sk", "gsi2pk", "gsi2sk")}
"""What the index projects, as local/engine.py makes the table; gsi1 has everything."""


def query(request: Request, partition: Callable[[str], Entries]) -> Request:
    """`partition` gives the items under a hash key; items without the index's sort key are not in the index."""
    given = Placeholders(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))
    text, index = request["KeyConditionExpression"], request.get("IndexName")
    sort_name = f"{index}sk" if index else "sk"
    matches = expressions.parse_condition(text)
    hash_value = given.values[expressions.hash_key_placeholders(text)[1]]["S"]

    def place(entry: tuple[tuple[str, str], RawItem]) -> tuple[str, str, str]:
        return entry[1][sort_name]["S"], *entry[0]

    found = [each for each in partition(hash_value) if sort_name in each[1] and matches(each[1], given)]
    backward = request.get("ScanIndexForward") is False
    if index or backward:
        found.sort(key=place, reverse=backward)
    start = request.get("ExclusiveStartKey")
    if start:
        after = (start[sort_name]["S"], start["pk"]["S"], start["sk"]["S"])
        found = [each for each in found if (place(each) < after if backward else place(each) > after)]
    return _page(found, request, given, ["pk", "sk", *([f"{index}pk", f"{index}sk"] if index else [])])


def scan(items: dict[tuple[str, str], RawItem], request: Request) -> Request:
    """Every item in key order; one page."""
    given = Placeholders(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))
    return _page(sorted(items.items(), key=lambda each: each[0]), request, given, ["pk", "sk"])


def _page(found: Entries, request: Request, given: Placeholders, key_names: list[str]) -> Request:
    answer: Request = {}
    limit = request.get("Limit")
    if limit is not None and len(found) >= limit:
        found = found[:limit]
        answer["LastEvaluatedKey"] = {name: found[-1][1][name] for name in key_names}
    scanned = len(found)
    if "FilterExpression" in request:
        passes = expressions.parse_condition(request["FilterExpression"])
        found = [each for each in found if passes(each[1], given)]
    shown = _KEYS_ONLY.get(request.get("IndexName", ""))
    answer["Items"] = [{name: item[name] for name in shown if name in item} if shown else item for _, item in found]
    return answer | {"Count": len(found), "ScannedCount": scanned}
