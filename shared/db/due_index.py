"""The due index (gsi2): items with a scheduled step, by the time at which it is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pynamodb.constants import ITEMS, LAST_EVALUATED_KEY
from pynamodb.exceptions import VerboseClientError

from shared import clock
from shared.db.entities import Payment
from shared.db.table import keys
from shared.db.table.base import table
from shared.db.table.keys import Key
from shared.db.table.store import RawItem, translate_store_errors
from shared.db.table.unreadable_items import read_each


class DueItem(NamedTuple):
    """The key of an item with a scheduled step, and when that is due."""

    key: Key
    due_at: datetime


def due_attributes(subject: str, at: datetime | None) -> dict[str, Any]:
    """The attributes that schedule a poll or an expiry of an item at `at`, or remove it (None). `subject` selects the
    partition, see `keys.due`."""
    return _index_attributes(keys.due(subject, at) if at else None)


def due_receipt_attributes(order_id: str, at: datetime | None) -> dict[str, Any]:
    """The attributes that list a receipt or a note as due for its number since `at`, or remove it (None)."""
    return _index_attributes(keys.due_receipt(order_id, at) if at else None)


def _index_attributes(due: Key | None) -> dict[str, Any]:
    return {"gsi2pk": due and due.pk, "gsi2sk": due and due.sk}


def _due_item(raw: RawItem) -> DueItem:
    """The due item of an index entry. Raises ValueError when its time cannot be read."""
    return DueItem(Key(raw["pk"]["S"], raw["sk"]["S"]), clock.parse(raw["gsi2sk"]["S"]))


def list_due(until: datetime, limit: int, *, newest_first: bool = False) -> list[DueItem]:
    """Up to `limit` polls and expiries that are due at or before `until`, oldest first, or newest first: one Query per
    partition, more for thousands of items. The index lags: read the item before acting on it. An entry whose time
    cannot be read is left out, logged and counted, and takes no room of the `limit`. Raises StoreUnavailable."""
    return list_due_in(keys.DUE_PARTITIONS, until, limit, newest_first=newest_first)


def list_due_receipts(until: datetime, limit: int) -> list[DueItem]:
    """Up to `limit` receipts and notes that are due for their number, oldest first; otherwise as `list_due`."""
    return list_due_in(keys.DUE_RECEIPT_PARTITIONS, until, limit)


@translate_store_errors
def list_due_in(partitions: Sequence[str], until: datetime, limit: int, *, newest_first: bool = False) -> list[DueItem]:
    """As `list_due`, of these partitions of the index."""
    due = [each for partition in partitions for each in _query_partition(partition, until, limit, newest_first)]
    return sorted(due, key=lambda item: item.due_at, reverse=newest_first)[:limit]


def _query_partition(partition: str, until: datetime, limit: int, newest_first: bool) -> list[DueItem]:
    """Up to `limit` readable index entries of a partition. The loop reads pages; it retries nothing."""
    entries: list[DueItem] = []
    start: dict[str, Any] | None = {}
    while start is not None and len(entries) < limit:
        page = table().query(
            partition,
            range_key_condition=Payment.gsi2sk <= clock.text(until),
            index_name=keys.GSI2,
            limit=limit - len(entries),
            scan_index_forward=not newest_first,
            exclusive_start_key=start or None,
        )
        entries += read_each(_due_item, page[ITEMS])
        start = page.get(LAST_EVALUATED_KEY)
    return entries


@translate_store_errors
def reschedule(key: Key, due_at: datetime, next_at: datetime) -> None:
    """Moves the scheduled step from `due_at` to `next_at`, unless it was rescheduled since the read: one UpdateItem.
    Raises StoreUnavailable."""
    connection = table().connection
    request = connection.get_operation_kwargs(
        table().table_name,
        key.pk,
        key.sk,
        actions=[Payment.gsi2sk.set(clock.text(next_at))],
        condition=Payment.gsi2sk == clock.text(due_at),
    )
    try:
        connection.dispatch("UpdateItem", request)
    except VerboseClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
