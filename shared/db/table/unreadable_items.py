"""Items of an index or a list that this version of the code cannot read: they are left out, logged and counted, so that
one of them stops nothing that reads the others."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.db.table.store import Listing, RawItem, RawPage, entity
from shared.observability import emit_metrics, logger

T = TypeVar("T")
I = TypeVar("I", bound=Item)  # noqa: E741


class Keyed(Protocol):
    """An item, or a value that stands for one."""

    @property
    def pk(self) -> str: ...

    @property
    def sk(self) -> str: ...


K = TypeVar("K", bound=Keyed)

READ_ERRORS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading an item raises whose attributes have values that this version of the code does not expect."""


class UnreadableItems(ValueError):
    """Items that cannot be read, in a computation whose result would be wrong without them. The message names them;
    each was logged and counted."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__(f"item_unreadable: {', '.join(f'{key.pk} {key.sk}' for key in keys)}")


def key_text(raw: RawItem) -> str:
    """The key of an item as a list names it: "LEDGER 2026-11#INR"."""
    return f"{raw['pk']['S']} {raw['sk']['S']}"


def read_each(
    read: Callable[[RawItem], T], raw_items: Iterable[RawItem], unreadable: Callable[[RawItem], object] | None = None
) -> list[T]:
    """`read(raw)` of each item, without those for which it raises one of READ_ERRORS: each is logged with its keys and
    the code `item_unreadable`, and counted (metric `items_unreadable`). `unreadable` gets each of them too."""
    values: list[T] = []
    for raw in raw_items:
        try:
            values.append(read(raw))
        except READ_ERRORS:
            report_unreadable(**{name: raw.get(name, {}).get("S") for name in ("pk", "sk")})
            if unreadable:
                unreadable(raw)
    return values


def readable_page(raw: RawPage, kind: type[I], unreadable: Callable[[RawItem], object]) -> Listing[I]:
    """The entities of that kind on a page. Of the others, those that cannot be read are logged and counted, and
    `unreadable` gets each of them."""
    found = read_each(entity, raw.items, unreadable)
    return Listing([item for item in found if isinstance(item, kind)], raw.next_key)


def present_each(present: Callable[[K], T], items: Iterable[K], unreadable: Callable[[K], object]) -> list[T]:
    """`present(item)` of each item, without those for which it raises one of READ_ERRORS, because a value is missing or
    has another form: each is logged and counted, and `unreadable` gets it."""
    values: list[T] = []
    for item in items:
        try:
            values.append(present(item))
        except READ_ERRORS:
            report_unreadable(pk=item.pk, sk=item.sk)
            unreadable(item)
    return values


def report_unreadable(*, pk: str | None, sk: str | None) -> None:
    """Logs the error that is being handled with the keys of the item, and counts it."""
    logger().exception("unreadable item", extra={"code": "item_unreadable", "pk": pk, "sk": sk})
    emit_metrics("store", {"items_unreadable": 1})
