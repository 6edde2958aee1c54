"""Reads of entities, and the single-item writes that are safe to send twice.

Reads are strongly consistent unless an index is named. Indexes lag: a list may be read from one, a decision must not
depend on it. Business writes are transactions, see transaction.py. StoreUnavailable means that DynamoDB gave no usable
response, so it is unknown whether a write was applied.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, Generic, NamedTuple, ParamSpec, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.constants import ITEM, ITEMS, LAST_EVALUATED_KEY, RESPONSES, UNPROCESSED_ITEMS, UNPROCESSED_KEYS
from pynamodb.exceptions import PynamoDBException, VerboseClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.db.table.base import KINDS, Item, table
from shared.db.table.keys import Key
from shared.errors import StoreUnavailable

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
I = TypeVar("I", bound=Item)  # noqa: E741

BATCH_GET_LIMIT: Final = 100
_BATCH_WRITE_LIMIT: Final = 25
_MAX_BATCH_ATTEMPTS: Final = 5


RawItem = dict[str, Any]
"""An item in DynamoDB's format: attribute > {type: value}."""

StartKey = dict[str, Any] | None
"""The start of a page: the last key of the page before, in DynamoDB's format. None stands for the start of the list,
and, as the key of the next page, for its end."""


class PageOf(Protocol[T_co]):
    """What `Listing` and `Page` have in common."""

    @property
    def items(self) -> Sequence[T_co]: ...

    @property
    def next_key(self) -> StartKey: ...


class Listing(NamedTuple, Generic[T]):
    """A page of a list: its entries, and the key of the next page (None on the last)."""

    items: list[T]
    next_key: StartKey


class RawPage(NamedTuple):
    """A page of a Query: raw items in key order, and the key of the next page (None on the last)."""

    items: list[RawItem]
    next_key: StartKey


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a Query: entities of any kind in key order, and the key of the next page (None on the last)."""

    items: list[Item] = field(default_factory=list)
    next_key: StartKey = None

    def items_of(self, kind: type[I]) -> list[I]:
        return [item for item in self.items if isinstance(item, kind)]

    def first_of(self, kind: type[I]) -> I | None:
        return first_of(kind, self.items)


def translate_store_errors(call: Callable[P, R]) -> Callable[P, R]:
    """Decorator: raises StoreUnavailable when DynamoDB throttles, times out or fails."""

    @wraps(call)
    def guarded(*arguments: P.args, **keywords: P.kwargs) -> R:
        try:
            return call(*arguments, **keywords)
        except (PynamoDBException, ClientError, BotoCoreError) as fault:
            raise StoreUnavailable() from fault

    return guarded


def entity(raw: RawItem) -> Item | None:
    """The entity of a raw item; None for a kind that this version of the code does not know."""
    kind = KINDS.get(raw.get("kind", {}).get("S", ""))
    return kind.from_raw_data(raw) if kind else None


def cast_to(kind: type[I], item: Item | None) -> I | None:
    """`item` if it is of that kind, otherwise None."""
    return item if isinstance(item, kind) else None


def first_of(kind: type[I], items: Iterable[Item]) -> I | None:
    """The first of `items` that is of that kind."""
    return next((item for item in items if isinstance(item, kind)), None)


def entities(raw: Iterable[RawItem]) -> list[Item]:
    return [item for item in map(entity, raw) if item is not None]


@translate_store_errors
def get(kind: type[I], key: Key) -> I | None:
    """One entity, read consistently: one GetItem."""
    raw = table().get_item(key.pk, range_key=key.sk, consistent_read=True).get(ITEM)
    return cast_to(kind, entity(raw)) if raw else None


def get_many(keys: Sequence[Key]) -> dict[Key, Item]:
    """Entities by key, read consistently: one BatchGetItem per hundred. Missing items are absent from the result."""
    return {Key(item.pk, item.sk): item for item in entities(get_many_raw(keys))}


@translate_store_errors
def get_many_raw(keys: Sequence[Key]) -> list[RawItem]:
    """As `get_many`, the raw items in no particular order.

    Duplicate keys are read once: DynamoDB rejects a batch that names an item twice."""
    unique = list(dict.fromkeys(keys))
    found: list[RawItem] = []
    for start in range(0, len(unique), BATCH_GET_LIMIT):
        found += _batch_get(unique[start : start + BATCH_GET_LIMIT])
    return found


def _batch_get(keys: list[Key]) -> list[RawItem]:
    """One BatchGetItem, repeated for the keys that DynamoDB reports as unprocessed (throttled: not a conflict)."""
    found: list[RawItem] = []
    pending: list[dict[str, Any]] = [{"pk": key.pk, "sk": key.sk} for key in keys]
    for _ in range(_MAX_BATCH_ATTEMPTS):
        if not pending:
            return found
        response = table().batch_get_item(pending, consistent_read=True)  # type: ignore[arg-type]  # keys are dicts
        found += response[RESPONSES].get(table().table_name, [])
        unprocessed = response.get(UNPROCESSED_KEYS, {}).get(table().table_name, {}).get("Keys", [])
        pending = [_plain_key(key) for key in unprocessed]
    raise StoreUnavailable


def _plain_key(raw: dict[str, Any]) -> dict[str, str]:
    """A key without DynamoDB's type tags."""
    return {name: value["S"] for name, value in raw.items()}


def query(
    pk: str,
    *,
    sk: Condition | None = None,
    index: str | None = None,
    filter_condition: Condition | None = None,
    limit: int | None = None,
    start: StartKey = None,
    newest_first: bool = False,
) -> Page:
    """One Query that reads at most `limit` items and 1 MB. A `next_key` means that there may be more."""
    raw = query_raw(
        pk,
        sk=sk,
        index=index,
        filter_condition=filter_condition,
        limit=limit,
        start=start,
        newest_first=newest_first,
    )
    return Page(entities(raw.items), raw.next_key)


@translate_store_errors
def query_raw(
    pk: str,
    *,
    sk: Condition | None = None,
    index: str | None = None,
    filter_condition: Condition | None = None,
    limit: int | None = None,
    start: StartKey = None,
    newest_first: bool = False,
) -> RawPage:
    """As `query`, the raw items."""
    response = table().query(
        pk,
        range_key_condition=sk,
        filter_condition=filter_condition,
        index_name=index,
        limit=limit,
        exclusive_start_key=start,
        scan_index_forward=not newest_first,
        consistent_read=index is None,
    )
    return RawPage(response[ITEMS], response.get(LAST_EVALUATED_KEY))


def query_all(pk: str, *, sk: Condition | None = None, index: str | None = None) -> list[Item]:
    """Every entity of a partition that is known to be small: as many Queries as it has pages."""
    return list(every(lambda start: query(pk, sk=sk, index=index, start=start)))


def every(read: Callable[[StartKey], PageOf[T]]) -> Iterator[T]:
    """The items of all pages, in constant memory. `read` reads the page at a position (None: the first)."""
    page = read(None)
    yield from page.items
    while page.next_key:
        page = read(page.next_key)
        yield from page.items


@translate_store_errors
def query_all_raw(pk: str, *, sk: Condition | None = None, index: str | None = None) -> list[RawItem]:
    """As `query_all`, the raw items."""
    items: list[RawItem] = []
    start: StartKey = {}
    while start is not None:
        page = table().query(
            pk,
            range_key_condition=sk,
            index_name=index,
            exclusive_start_key=start or None,
            consistent_read=index is None,
        )
        items += page[ITEMS]
        start = page.get(LAST_EVALUATED_KEY)
    return items


@dataclass(frozen=True, slots=True)
class WriteResult(Generic[I]):
    """The result of a conditional write: whether it was applied, and the item, as written or else as found (None: there
    is none)."""

    succeeded: bool
    item: I | None


@translate_store_errors
def update(kind: type[I], key: Key, actions: Sequence[Action], condition: Condition | None) -> WriteResult[I]:
    """One UpdateItem, which creates a missing item if the condition allows it. The SDK may send it twice after a lost
    response: use it only where repetition is harmless (SET, ADD to a set); everything else is a transaction. Raises
    StoreUnavailable."""
    connection = table().connection
    request = connection.get_operation_kwargs(
        table().table_name,
        key.pk,
        key.sk,
        actions=actions,
        condition=condition,
        return_values="ALL_NEW",
        return_values_on_condition_failure="ALL_OLD",
    )
    try:
        return WriteResult(True, cast_to(kind, entity(connection.dispatch("UpdateItem", request)["Attributes"])))
    except VerboseClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        found = getattr(error.__cause__, "response", {}).get("Item")
        return WriteResult(False, cast_to(kind, entity(found)) if found else None)


@translate_store_errors
def delete_many(keys: Sequence[Key]) -> None:
    """Deletes items that nothing refers to any more, without conditions: one BatchWriteItem per 25. Duplicate keys are
    sent once: DynamoDB rejects a batch that names an item twice. Raises StoreUnavailable."""
    unique = list(dict.fromkeys(keys))
    for start in range(0, len(unique), _BATCH_WRITE_LIMIT):
        _batch_delete(unique[start : start + _BATCH_WRITE_LIMIT])


def _batch_delete(keys: list[Key]) -> None:
    """One BatchWriteItem, repeated for the items that DynamoDB reports as unprocessed (throttled: not a conflict)."""
    pending: list[dict[str, Any]] = [{"pk": key.pk, "sk": key.sk} for key in keys]
    for _ in range(_MAX_BATCH_ATTEMPTS):
        response = table().batch_write_item(delete_items=pending)
        unprocessed = response.get(UNPROCESSED_ITEMS, {}).get(table().table_name, [])
        pending = [_plain_key(request["DeleteRequest"]["Key"]) for request in unprocessed]
        if not pending:
            return
    raise StoreUnavailable


@translate_store_errors
def delete(key: Key, condition: Condition | None = None) -> None:
    """One DeleteItem, which does nothing unless the stored item meets `condition`. Repeating it has no further effect.
    Raises StoreUnavailable."""
    connection = table().connection
    request = connection.get_operation_kwargs(table().table_name, key.pk, key.sk, condition=condition)
    try:
        connection.dispatch("DeleteItem", request)
    except VerboseClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
