"""The expressions PynamoDB writes, read once into functions and kept.

A parsed expression is a function of the item and of `Names`, the request's placeholders. Parsing is by recursive
descent over the grammar of
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from local.simulation import values
from local.simulation.values import RawItem, Value

_TOKEN: Final = re.compile(r"\s*(<=|>=|<>|[=<>(),.+\-\[\]]|[#:]?\w+)")
_COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})


class Placeholders(NamedTuple):
    """What `#0` and `:0` stand for in one request."""

    names: dict[str, str]
    values: dict[str, Value]


Operand = Callable[[RawItem, Placeholders], Value | None]
Predicate = Callable[[RawItem, Placeholders], bool]
Path = tuple[str | int, ...]


class ValidationException(Exception):
    """A ValidationException: the request is not one DynamoDB would carry out."""


class Tokens:
    """The words of an expression, read from left to right."""

    def __init__(self, text: str) -> None:
        self._words: Iterator[str] = iter(_TOKEN.findall(text))
        self.next: str | None = next(self._words, None)

    def take(self, *wanted: str) -> str:
        """The next word. Raises Refused when it is not one of `wanted` (any, if none is named)."""
        word = self.next
        if word is None or (wanted and word not in wanted):
            raise ValidationException(f"Syntax error at {word}, not {' or '.join(wanted)}")
        self.next = next(self._words, None)
        return word

    def accept(self, word: str) -> bool:
        """Whether `word` was next; it is taken then."""
        if self.next != word:
            return False
        self.take()
        return True


@cache
def parse_condition(text: str) -> Predicate:
    """A condition, filter or key expression."""
    tokens = Tokens(text)
    test = _parse_or(tokens)
    if tokens.next is not None:
        raise ValidationException(f"Syntax error at {tokens.next}")
    return test


@cache
def hash_key_placeholders(text: str) -> tuple[str, str]:
    """The placeholders (name, value) of a key expression's partition: it is written first."""
    words = [word for word in _TOKEN.findall(text) if word != "("]
    return words[0], words[2]


def parse_path(tokens: Tokens) -> Callable[[Placeholders], Path]:
    parts: list[str | int] = [tokens.take()]
    while tokens.next in (".", "["):
        if tokens.take() == ".":
            parts.append(tokens.take())
        else:
            parts.append(int(tokens.take()))
            tokens.take("]")
    if len(parts) == 1:
        name = str(parts[0])
        return lambda given: (given.names.get(name, name),)
    return lambda given: tuple(given.names.get(part, part) if isinstance(part, str) else part for part in parts)


def value_at_path(item: RawItem, where: Path) -> Value | None:
    """The value under a document path; None when there is nothing."""
    found: Any = item.get(str(where[0]))
    for part in where[1:]:
        if found is None:
            return None
        if isinstance(part, int):
            inside = found.get("L", [])
            found = inside[part] if part < len(inside) else None
        else:
            found = found.get("M", {}).get(part)
    return found  # type: ignore[no-any-return]  # a Value, as everything in an item


def parse_operand(tokens: Tokens) -> Operand:
    """A placeholder of a value, or a path."""
    if tokens.next and tokens.next.startswith(":"):
        name = tokens.take()
        return lambda _, given: given.values[name]
    where = parse_path(tokens)
    return lambda item, given: value_at_path(item, where(given))


def _parse_or(tokens: Tokens) -> Predicate:
    tests = [_parse_and(tokens)]
    while tokens.accept("OR"):
        tests.append(_parse_and(tokens))
    return tests[0] if len(tests) == 1 else lambda item, given: any(test(item, given) for test in tests)


def _parse_and(tokens: Tokens) -> Predicate:
    tests = [_parse_term(tokens)]
    while tokens.accept("AND"):
        tests.append(_parse_term(tokens))
    return tests[0] if len(tests) == 1 else lambda item, given: all(test(item, given) for test in tests)


def _parse_term(tokens: Tokens) -> Predicate:
    if tokens.accept("NOT"):
        inner = _parse_term(tokens)
        return lambda item, given: not inner(item, given)
    if tokens.accept("("):
        inside = _parse_or(tokens)
        tokens.take(")")
        return inside
    if tokens.next in _FUNCTIONS:
        return _parse_function(tokens)
    return _parse_comparison(tokens)


def _parse_function(tokens: Tokens) -> Predicate:
    test = _FUNCTIONS[tokens.take()]
    tokens.take("(")
    first = parse_operand(tokens)
    second = parse_operand(tokens) if tokens.accept(",") else None
    tokens.take(")")
    return lambda item, given: test(first(item, given), second(item, given) if second else None)


def _parse_comparison(tokens: Tokens) -> Predicate:
    left, sign = parse_operand(tokens), tokens.take(*_COMPARISONS, "BETWEEN", "IN")
    if sign == "BETWEEN":
        low = parse_operand(tokens)
        tokens.take("AND")
        high = parse_operand(tokens)
        return lambda item, given: (
            values.less_than(left(item, given), low(item, given)) is False
            and values.less_than(high(item, given), left(item, given)) is False
        )
    if sign == "IN":
        tokens.take("(")
        choices = [parse_operand(tokens)]
        while tokens.accept(","):
            choices.append(parse_operand(tokens))
        tokens.take(")")
        return lambda item, given: any(values.equal(left(item, given), each(item, given)) for each in choices)
    right, test = parse_operand(tokens), _OPERATORS[sign]
    return lambda item, given: test(left(item, given), right(item, given))


_OPERATORS: Final[dict[str, Callable[[Value | None, Value | None], bool]]] = {
    "=": values.equal,
    "<>": lambda left, right: not values.equal(left, right),
    "<": lambda left, right: values.less_than(left, right) is True,
    ">": lambda left, right: values.less_than(right, left) is True,
    "<=": lambda left, right: values.less_than(right, left) is False,
    ">=": lambda left, right: values.less_than(left, right) is False,
}
_FUNCTIONS: Final[dict[str | None, Callable[[Value | None, Value | None], bool]]] = {
    "attribute_exists": lambda found, _: found is not None,
    "attribute_not_exists": lambda found, _: found is None,
    "attribute_type": lambda found, wanted: found is not None and wanted == {"S": values.type_of(found)},
    "begins_with": values.begins_with,
    "contains": values.contains,
}
