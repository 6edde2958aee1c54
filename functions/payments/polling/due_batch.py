"""The batches of a run: which due items it processes, and in which order.

Rule: learners who are waiting for a course have created their order a short time ago, so new orders come first. Of each
batch a quarter is reserved for the items that were due first, and one in four polls is of an older order, so that no
backlog of new orders starves the old ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from shared.db import due_index
from shared.db.due_index import DueItem
from shared.db.entities import Payment
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.errors import StoreUnavailable
from shared.observability import logger

NEW_ORDER_AGE: Final = timedelta(hours=1)
"""An order counts as new for this long after its creation: while it is open, and for its first poll afterwards."""
_ONE_IN: Final = 4
"""The share of the oldest items: of a batch, and of the polls."""
_RECEIPT_SORT_KEY: Final = keys.receipt("").sk


class DueKeys(NamedTuple):
    """Due items of one batch. `is_complete`: nothing else is due."""

    items: list[DueItem]
    is_complete: bool


@dataclass(frozen=True)
class DueWork:
    """A due item as it was just read (None: there is none), or the error of reading it."""

    due: DueItem
    item: Item | None = None
    error: Exception | None = None


def read_due_keys(until: datetime, limit: int) -> DueKeys:
    """What is due at `until` (UTC): everything, or `limit` items, of which a quarter are those that were due first and
    the others those that were due last. Raises StoreUnavailable."""
    oldest = due_index.list_due(until, limit)
    if len(oldest) < limit:
        return DueKeys(oldest, True)
    share = max(limit // _ONE_IN, 1)
    newest = due_index.list_due(until, limit - share, newest_first=True) if share < limit else []
    return DueKeys(list(dict.fromkeys([*oldest[:share], *newest])), False)


def is_receipt(due: DueItem) -> bool:
    return due.key.sk == _RECEIPT_SORT_KEY


def read_items(due: Sequence[DueItem]) -> list[DueWork]:
    """The items, read consistently: one BatchGetItem per hundred. An item that cannot be read spoils no other."""
    return [work for chunk in _chunks(due) for work in _read_chunk(chunk)]


def _chunks(due: Sequence[DueItem]) -> list[Sequence[DueItem]]:
    size = store.BATCH_GET_LIMIT
    return [due[start : start + size] for start in range(0, len(due), size)]


def _read_chunk(due: Sequence[DueItem]) -> list[DueWork]:
    try:
        found = store.get_many([each.key for each in due])
    except StoreUnavailable as error:
        logger().warning("due items could not be read", exc_info=True)
        return [DueWork(each, error=error) for each in due]
    except Exception as error:  # noqa: BLE001 (an unreadable item: read the others one by one)
        return [DueWork(due[0], error=error)] if len(due) == 1 else [w for each in due for w in _read_chunk([each])]
    return [DueWork(each, found.get(each.key)) for each in due]


def by_priority(works: Sequence[DueWork], now: datetime) -> list[DueWork]:
    """New orders first, each group by due time, but every fourth place is for the rest."""
    by_due_time = sorted(works, key=lambda work: work.due.due_at)
    new = [work for work in by_due_time if _is_new_order(work.item, now)]
    others = [work for work in by_due_time if not _is_new_order(work.item, now)]
    ordered: list[DueWork] = []
    while new and others:
        ordered += [*new[: _ONE_IN - 1], others[0]]
        new, others = new[_ONE_IN - 1 :], others[1:]
    return [*ordered, *new, *others]


def _is_new_order(item: Item | None, now: datetime) -> bool:
    return isinstance(item, Payment) and item.created_at > now - NEW_ORDER_AGE
