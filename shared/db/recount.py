"""Reads the whole table, page by page. For commands only: no request may come here."""

from collections.abc import Iterator
from typing import Any

from pynamodb.constants import ITEMS, LAST_EVALUATED_KEY

from shared.db.base import Item, table
from shared.db.store import answering, entities


def everything() -> Iterator[Item]:
    """Every item whose kind is known. Not a snapshot: compare only what nothing writes to meanwhile. Raises
    StoreUnavailable."""
    start: dict[str, Any] | None = None
    while True:
        items, start = _page(start)
        yield from items
        if start is None:
            return


@answering
def _page(start: dict[str, Any] | None) -> tuple[list[Item], dict[str, Any] | None]:
    answer = table().scan(exclusive_start_key=start, consistent_read=True)  # type: ignore[arg-type]  # it is a key
    return entities(answer[ITEMS]), answer.get(LAST_EVALUATED_KEY)
