"""Every read of the table, and the single writes that are safe to send twice.

Reads are consistent unless an index is named (indexes lag: list from them, never decide). Business writes are
transactions, see transaction.py. A store that does not answer raises StoreUnavailable: the caller cannot know.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, Generic, ParamSpec, TypeVar

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
I = TypeVar("I", bound=Item)  # noqa: E741

BATCH_GET_LIMIT: Final = 100
_BATCH_WRITE_LIMIT: Final = 25
_MAX_BATCH_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Page:
    """Entities in key order, and the key to go on from (None at the end)."""

    items: list[Item] = field(default_factory=list)
    next_key: dict[str, Any] | None = None

    def items_of(self, kind: type[I]) -> list[I]:
        return [item for item in self.items if isinstance(item, kind)]

    def first_of(self, kind: type[I]) -> I | None:
        found = self.items_of(kind)
        return found[0] if found else None


def translate_store_errors(call: Callable[P, R]) -> Callable[P, R]:
    """Turns a store that throttles, times out or fails into StoreUnavailable."""

    @wraps(call)
    def guarded(*arguments: P.args, **keywords: P.kwargs) -> R:
        try:
            return call(*arguments, **keywords)
        except (PynamoDBException, ClientError, BotoCoreError) as fault:
            raise StoreUnavailable() from fault

    return guarded


def entity(raw: dict[str, Any]) -> Item | None:
    """The entity a raw item holds; None for a kind this version of the code does not know."""
    kind = KINDS.get(raw.get("kind", {}).get("S", ""))
    return kind.from_raw_data(raw) if kind else None


def cast_to(kind: type[I], item: Item | None) -> I | None:
    """`item` when it is of that kind."""
    return item if isinstance(item, kind) else None


def entities(raw: Iterable[dict[str, Any]]) -> list[Item]:
    return [known for known in map(entity, raw) if known is not None]


@translate_store_errors
def get(kind: type[I], key: Key) -> I | None:
    """One entity, consistently: GetItem."""
    raw = table().get_item(key.pk, range_key=key.sk, consistent_read=True).get(ITEM)
    return cast_to(kind, entity(raw)) if raw else None


@translate_store_errors
def get_many(keys: Sequence[Key]) -> dict[Key, Item]:
    """Entities by key, consistently: one BatchGetItem per hundred. What is missing is absent from the answer.

    A key that is given several times is read once: DynamoDB refuses a batch that names an item twice."""
    unique = list(dict.fromkeys(keys))
    found: dict[Key, Item] = {}
    for start in range(0, len(unique), BATCH_GET_LIMIT):
        found |= _batch_get(unique[start : start + BATCH_GET_LIMIT])
    return found


def _batch_get(keys: list[Key]) -> dict[Key, Item]:
    found: dict[Key, Item] = {}
    wanted: list[dict[str, Any]] = [{"pk": key.pk, "sk": key.sk} for key in keys]
    for _ in range(_MAX_BATCH_ATTEMPTS):
        if not wanted:
            return found
        answer = table().batch_get_item(wanted, consistent_read=True)  # type: ignore[arg-type]  # keys are dicts
        for item in entities(answer[RESPONSES].get(table().table_name, [])):
            found[Key(item.pk, item.sk)] = item
        left = answer.get(UNPROCESSED_KEYS, {}).get(table().table_name, {}).get("Keys", [])
        wanted = [{name: value["S"] for name, value in key.items()} for key in left]
    raise StoreUnavailable


@translate_store_errors
def query(
    pk: str,
    *,
    sk: Condition | None = None,
    index: str | None = None,
    filter_condition: Condition | None = None,
    limit: int | None = None,
    start: dict[str, Any] | None = None,
    newest_first: bool = False,
) -> Page:
    """One Query: at most `limit` items read, 1 MB at the most. `next_key` says that there is more."""
    answer = table().query(
        pk,
        range_key_condition=sk,
        filter_condition=filter_condition,
        index_name=index,
        limit=limit,
        exclusive_start_key=start,
        scan_index_forward=not newest_first,
        consistent_read=index is None,
    )
    return Page(entities(answer[ITEMS]), answer.get(LAST_EVALUATED_KEY))


def query_all(pk: str, *, sk: Condition | None = None, index: str | None = None) -> list[Item]:
    """Every entity of a partition that is known to be small."""
    page = query(pk, sk=sk, index=index)
    items = list(page.items)
    while page.next_key:
        page = query(pk, sk=sk, index=index, start=page.next_key)
        items += page.items
    return items


@dataclass(frozen=True, slots=True)
class WriteResult(Generic[I]):
    """The answer of a single conditional write: whether it was done, and the item: new if done, as found if not."""

    succeeded: bool
    item: I | None


@translate_store_errors
def update(kind: type[I], key: Key, actions: Sequence[Action], condition: Condition) -> WriteResult[I]:
    """UpdateItem. The SDK may send it twice after a lost answer: use it only where that does no harm (SET, ADD to a
    set); everything else is a transaction. Raises StoreUnavailable."""
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
    except VerboseClientError as refused:
        if refused.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        found = getattr(refused.__cause__, "response", {}).get("Item")
        return WriteResult(False, cast_to(kind, entity(found)) if found else None)


@translate_store_errors
def delete_many(keys: Sequence[Key]) -> None:
    """BatchWriteItem, 25 at a time, without conditions: for what nothing refers to any more. A key that is given
    several times is sent once: DynamoDB refuses a batch that names an item twice."""
    unique = list(dict.fromkeys(keys))
    for first in range(0, len(unique), _BATCH_WRITE_LIMIT):
        wanted: list[dict[str, Any]] = [
            {"pk": key.pk, "sk": key.sk} for key in unique[first : first + _BATCH_WRITE_LIMIT]
        ]
        for _ in range(_MAX_BATCH_ATTEMPTS):
            answer = table().batch_write_item(delete_items=wanted)
            left = answer.get(UNPROCESSED_ITEMS, {}).get(table().table_name, [])
            wanted = [{name: value["S"] for name, value in each["DeleteRequest"]["Key"].items()} for each in left]
            if not wanted:
                break
        else:
            raise StoreUnavailable


@translate_store_errors
def delete(key: Key) -> None:
    """DeleteItem without condition: gone is gone, however often it is sent."""
    table().delete_item(key.pk, range_key=key.sk)
