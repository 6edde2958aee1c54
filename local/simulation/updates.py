"""Update expressions: SET, REMOVE, ADD and DELETE, each reading the item as it was before any of them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, Final

from local.simulation import values
from local.simulation.expressions import (
    Operand,
    Path,
    Placeholders,
    Tokens,
    ValidationException,
    parse_operand,
    parse_path,
    value_at_path,
)
from local.simulation.values import RawItem, Value

PathUpdate = tuple[Path, Value | None]
Step = Callable[[RawItem, Placeholders], PathUpdate]

_CLAUSES: Final = ("SET", "REMOVE", "ADD", "DELETE")
_NO_SUCH_ATTRIBUTE: Final = "The provided expression refers to an attribute that does not exist in the item"
_NO_SUCH_PATH: Final = "The document path provided in the update expression is invalid for update"


@cache
def parse_update(text: str) -> tuple[Step, ...]:
    """The steps of an expression; `applied` carries them out."""
    tokens, steps = Tokens(text), []
    while tokens.next is not None:
        read = _CLAUSE_PARSERS[tokens.take(*_CLAUSES)]
        steps.append(read(tokens))
        while tokens.accept(","):
            steps.append(read(tokens))
    return tuple(steps)


def apply_update(item: RawItem, steps: tuple[Step, ...], given: Placeholders) -> RawItem:
    """A new item; what was not changed is shared with the old one. Raises Refused."""
    changes = [step(item, given) for step in steps]
    result = dict(item)
    for where, value in changes:
        _set_at_path(result, where, value)
    return result


def _set_at_path(item: dict[str, Any], where: Path, value: Value | None) -> None:
    """Copies every map on the way, so that the old item stays what it was."""
    holder: Any = item
    part: Any
    for part, following in pairwise(where):
        kind = "L" if isinstance(following, int) else "M"
        inside = holder[part] if isinstance(holder, list) or part in holder else None
        if inside is None or kind not in inside:
            raise ValidationException(_NO_SUCH_PATH)
        copy = inside[kind].copy()
        holder[part] = {kind: copy}
        holder = copy
    last = where[-1]
    if isinstance(holder, list):
        _set_in_list(holder, int(last), value)
    elif value is None:
        holder.pop(last, None)
    else:
        holder[last] = value


def _set_in_list(holder: list[Value], place: int, value: Value | None) -> None:
    if value is None:
        del holder[place : place + 1]
    elif place < len(holder):
        holder[place] = value
    else:
        holder.append(value)


def _parse_set(tokens: Tokens) -> Step:
    where = parse_path(tokens)
    tokens.take("=")
    first = _parse_set_operand(tokens)
    sign = tokens.take() if tokens.next in ("+", "-") else None
    second = _parse_set_operand(tokens) if sign else None

    def step(item: RawItem, given: Placeholders) -> PathUpdate:
        value = _require_value(first(item, given))
        if second:
            more = Decimal(_require_value(second(item, given))["N"])
            value = values.number_value(Decimal(value["N"]) + (more if sign == "+" else -more))
        return where(given), value

    return step


def _parse_set_operand(tokens: Tokens) -> Operand:
    if tokens.next not in ("if_not_exists", "list_append"):
        return parse_operand(tokens)
    function = tokens.take()
    tokens.take("(")
    first = parse_operand(tokens)
    tokens.take(",")
    second = parse_operand(tokens)
    tokens.take(")")
    if function == "list_append":
        return lambda item, given: {
            "L": _require_value(first(item, given))["L"] + _require_value(second(item, given))["L"]
        }
    return lambda item, given: found if (found := first(item, given)) is not None else second(item, given)


def _parse_remove(tokens: Tokens) -> Step:
    where = parse_path(tokens)
    return lambda _, given: (where(given), None)


def _parse_add(tokens: Tokens) -> Step:
    where, more = parse_path(tokens), parse_operand(tokens)
    return lambda item, given: (
        where(given),
        values.add_values(value_at_path(item, where(given)), _require_value(more(item, given))),
    )


def _parse_delete(tokens: Tokens) -> Step:
    where, less = parse_path(tokens), parse_operand(tokens)
    return lambda item, given: (
        where(given),
        values.remove_members(value_at_path(item, where(given)), _require_value(less(item, given))),
    )


def _require_value(value: Value | None) -> Value:
    if value is None:
        raise ValidationException(_NO_SUCH_ATTRIBUTE)
    return value


_CLAUSE_PARSERS: Final[dict[str, Callable[[Tokens], Step]]] = {
    "SET": _parse_set,
    "REMOVE": _parse_remove,
    "ADD": _parse_add,
    "DELETE": _parse_delete,
}
