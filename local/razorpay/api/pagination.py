"""Razorpay's lists: newest first, filtered by time, ten per page. The settings of the account make them worse."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from local.razorpay.errors import RazorpayApiError
from local.razorpay.state.entities import Wire
from local.razorpay.state.ledger import Ledger

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100


class Listed(Protocol):
    @property
    def created_at(self) -> int: ...

    def entity(self) -> Wire: ...


AnyEntity = TypeVar("AnyEntity", bound=Listed)


def wire_of(entity: Listed) -> Wire:
    return entity.entity()


def account_list(
    ledger: Ledger,
    entities: Iterable[AnyEntity],
    query: Mapping[str, str],
    to_wire: Callable[[AnyEntity], Wire] = wire_of,
    max_count: int = MAX_PAGE_SIZE,
) -> Wire:
    """A page of a list of the account by `query`: `from` and `to` are unix seconds, both inclusive; `count` is 1 to
    `max_count`. `entities` are in order of creation. Raises RazorpayApiError for an invalid query."""
    since, until = _number(query, "from", 0), _number(query, "to", 2**62)
    found = [entity for entity in without_young(ledger, entities) if since <= entity.created_at <= until]
    return page(ledger, found, query, to_wire, max_count)


def page(
    ledger: Ledger,
    entities: Iterable[AnyEntity],
    query: Mapping[str, str],
    to_wire: Callable[[AnyEntity], Wire] = wire_of,
    max_count: int = MAX_PAGE_SIZE,
) -> Wire:
    """The items `skip` to `skip + count` of `entities`, newest first. Raises RazorpayApiError for an invalid query."""
    count, skip = _number(query, "count", DEFAULT_PAGE_SIZE), _number(query, "skip", 0)
    if not 1 <= count <= max_count:
        raise RazorpayApiError(f"The count must be between 1 and {max_count}.", field="count")
    size = min(count, ledger.account.max_page_size)
    return collection(ledger, _newest_first(ledger, entities)[skip : skip + size], to_wire)


def collection(ledger: Ledger, entities: Iterable[AnyEntity], to_wire: Callable[[AnyEntity], Wire] = wire_of) -> Wire:
    """A collection of all `entities`, in their order unless the lists of the account are out of order."""
    items = [to_wire(entity) for entity in entities]
    if ledger.account.lists_out_of_order:
        ledger.list_order.shuffle(items)
    return {"entity": "collection", "count": len(items), "items": items}


def without_young(ledger: Ledger, entities: Iterable[AnyEntity]) -> list[AnyEntity]:
    """The entities that the lists of the account already have."""
    latest = ledger.clock.now() - ledger.account.list_lag_seconds
    return [entity for entity in entities if entity.created_at <= latest]


def _newest_first(ledger: Ledger, entities: Iterable[AnyEntity]) -> list[AnyEntity]:
    newest_first = list(entities)[::-1]
    if ledger.account.lists_out_of_order:
        newest_first.sort(key=lambda entity: (-entity.created_at, ledger.list_order.random()))
    return newest_first


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit()):
        raise RazorpayApiError(f"{name} must be an integer.", field=name)
    return int(value)
