"""Update expressions: SET, REMOVE, ADD and DELETE, each reading the item as it was before any of them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, Final

from local.simulation import values
from local.simulation.expressions import Names, Operand, Path, Refused, Tokens, at, operand, path
from local.simulation.values import Raw, Value

Change = tuple[Path, Value | None]
Step = Callable[[Raw, Names], Change]

_CLAUSES: Final = ("SET", "REMOVE", "ADD", "DELETE")
_NO_SUCH_ATTRIBUTE: Final = "The provided expression refers to an attribute that does not exist in the item"
_NO_SUCH_PATH: Final = "The document path provided in the update expression is invalid for update"


@cache
def update(text: str) -> tuple[Step, ...]:
    """The steps of an expression; `applied` carries them out."""
    tokens, steps = Tokens(text), []
    while tokens.next is not None:
        read = _READERS[tokens.take(*_CLAUSES)]
        steps.append(read(tokens))
        while tokens.had(","):
            steps.append(read(tokens))
    return tuple(steps)


def applied(item: Raw, steps: tuple[Step, ...], given: Names) -> Raw:
    """A new item; what was not changed is shared with the old one. Raises Refused."""
    changes = [step(item, given) for step in steps]
    result = dict(item)
    for where, value in changes:
        _put(result, where, value)
    return result


def _put(item: dict[str, Any], where: Path, value: Value | None) -> None:
    """Copies every map on the way, so that the old item stays what it was."""
    holder: Any = item
    part: Any
    for part, following in pairwise(where):
        kind = "L" if isinstance(following, int) else "M"
        inside = holder[part] if isinstance(holder, list) or part in holder else None
        if inside is None or kind not in inside:
            raise Refused(_NO_SUCH_PATH)
        copy = inside[kind].copy()
        holder[part] = {kind: copy}
        holder = copy
    last = where[-1]
    if isinstance(holder, list):
        _put_into_list(holder, int(last), value)
    elif value is None:
        holder.pop(last, None)
    else:
        holder[last] = value


def _put_into_list(holder: list[Value], place: int, value: Value | None) -> None:
    if value is None:
        del holder[place : place + 1]
    elif place < len(holder):
        holder[place] = value
    else:
        holder.append(value)


def _set(tokens: Tokens) -> Step:
    where = path(tokens)
    tokens.take("=")
    first = _term(tokens)
    sign = tokens.take() if tokens.next in ("+", "-") else None
    second = _term(tokens) if sign else None

    def step(item: Raw, given: Names) -> Change:
        value = _present(first(item, given))
        if second:
            more = Decimal(_present(second(item, given))["N"])
            value = values.number(Decimal(value["N"]) + (more if sign == "+" else -more))
        return where(given), value

    return step


def _term(tokens: Tokens) -> Operand:
    if tokens.next not in ("if_not_exists", "list_append"):
        return operand(tokens)
    function = tokens.take()
    tokens.take("(")
    first = operand(tokens)
    tokens.take(",")
    second = operand(tokens)
    tokens.take(")")
    if function == "list_append":
        return lambda item, given: {"L": _present(first(item, given))["L"] + _present(second(item, given))["L"]}
    return lambda item, given: found if (found := first(item, given)) is not None else second(item, given)


def _remove(tokens: Tokens) -> Step:
    where = path(tokens)
    return lambda _, given: (where(given), None)


def _add(tokens: Tokens) -> Step:
    where, more = path(tokens), operand(tokens)
    return lambda item, given: (
        where(given),
        values.united(at(item, where(given)), _present(more(item, given))),
    )


def _delete(tokens: Tokens) -> Step:
    where, less = path(tokens), operand(tokens)
    return lambda item, given: (
        where(given),
        values.without(at(item, where(given)), _present(less(item, given))),
    )


def _present(value: Value | None) -> Value:
    if value is None:
        raise Refused(_NO_SUCH_ATTRIBUTE)
    return value


_READERS: Final[dict[str, Callable[[Tokens], Step]]] = {"SET": _set, "REMOVE": _remove, "ADD": _add, "DELETE": _delete}
