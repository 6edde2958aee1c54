"""DynamoDB's typed values: {"S": "text"}, {"N": "1"}, … compared, added and taken apart as DynamoDB does.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from decimal import Decimal
from typing import Any, Final

Value = dict[str, Any]
RawItem = dict[str, Value]

_ORDERED: Final = frozenset("SNB")
_SETS: Final = frozenset({"SS", "NS", "BS"})


def type_of(value: Value) -> str:
    return next(iter(value))


def equal(left: Value | None, right: Value | None) -> bool:
    """An attribute that is missing equals nothing."""
    return left is not None and right is not None and (left == right or _normalized(left) == _normalized(right))


def less_than(left: Value | None, right: Value | None) -> bool | None:
    """None where the two have no order: one is missing, or they are of different types."""
    if left is None or right is None or type_of(left) != type_of(right) or type_of(left) not in _ORDERED:
        return None
    return bool(_scalar(left) < _scalar(right))


def begins_with(whole: Value | None, part: Value | None) -> bool:
    if whole is None or part is None or type_of(whole) != type_of(part) or type_of(whole) not in ("S", "B"):
        return False
    return bool(whole[type_of(whole)].startswith(part[type_of(part)]))


def contains(whole: Value | None, part: Value | None) -> bool:
    if whole is None or part is None:
        return False
    kind, inner = type_of(whole), type_of(part)
    if kind in ("S", "B"):
        return kind == inner and part[inner] in whole[kind]
    if kind in _SETS:
        return kind[0] == inner and part[inner] in whole[kind]
    return kind == "L" and any(equal(each, part) for each in whole["L"])


def number_value(value: Decimal) -> Value:
    return {"N": format(value.normalize(), "f")}


def add_values(old: Value | None, more: Value) -> Value:
    """ADD: numbers are summed, sets united; None is an attribute that is not there yet."""
    kind = type_of(more)
    if old is None:
        return more
    if kind == "N":
        return number_value(Decimal(old["N"]) + Decimal(more["N"]))
    return {kind: sorted({*old[kind], *more[kind]})}


def remove_members(old: Value | None, less_: Value) -> Value | None:
    """DELETE: a set without some of its members; None when nothing is left."""
    if old is None:
        return None
    kind = type_of(less_)
    left = [each for each in old[kind] if each not in less_[kind]]
    return {kind: left} if left else None


def _scalar(value: Value) -> Any:
    kind = type_of(value)
    return Decimal(value["N"]) if kind == "N" else value[kind]


def _normalized(value: Value) -> Any:
    kind = type_of(value)
    if kind == "N":
        return ("N", Decimal(value["N"]))
    if kind in _SETS:
        return (kind, frozenset(value[kind]))
    if kind == "L":
        return ("L", tuple(_normalized(each) for each in value["L"]))
    if kind == "M":
        return ("M", frozenset((name, _normalized(each)) for name, each in value["M"].items()))
    return (kind, value[kind])
