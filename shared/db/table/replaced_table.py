"""Reads items of a table that is no longer in service, because a restored one has replaced it."""

from typing import Final, TypeVar

from pynamodb.constants import ITEM
from pynamodb.exceptions import VerboseClientError

from shared.db.table import store
from shared.db.table.base import Item, table
from shared.db.table.keys import Key
from shared.errors import StoreUnavailable

I = TypeVar("I", bound=Item)  # noqa: E741

_UNREADABLE: Final = ("ResourceNotFoundException", "AccessDeniedException")


def get_from(table_name: str, kind: type[I], key: Key) -> I | None:
    """One entity of the table with that name, in the account and the region of ours, read consistently: one GetItem.

    Raises StoreUnavailable; its detail says so if there is no such table, or if it may not be read."""
    request = {"TableName": table_name, "Key": {"pk": {"S": key.pk}, "sk": {"S": key.sk}}, "ConsistentRead": True}
    raw = _read(table_name, request).get(ITEM)
    return store.cast_to(kind, store.entity(raw)) if raw else None


@store.translate_store_errors
def _read(table_name: str, request: store.RawItem) -> store.RawItem:
    try:
        response: store.RawItem = table().connection.dispatch("GetItem", request)
    except VerboseClientError as error:
        if error.response["Error"]["Code"] in _UNREADABLE:
            raise StoreUnavailable(f"the table {table_name} cannot be read") from None
        raise
    return response
