"""Reads a list of the gateway page by page, by offset."""

from collections.abc import Callable, Generator, Iterator
from typing import Any, Final

Json = dict[str, Any]

_MAX_PASSES: Final = 3
_MAX_REPEATED_PAGES: Final = 3


def read_pages(fetch_page: Callable[[int], list[Json]]) -> Iterator[Json]:
    """The items of a list, each once. `fetch_page(offset)` returns the items from `offset` on; it is called when the
    items before have been consumed.

    * A page may be shorter than requested and not be the last one. The list ends at an empty page, so reading it takes
      one request more than it has pages; an empty list takes one request.
    * Items may move between pages while they are read: new items come first and shift the others, and items of the same
      second may change places. Then an item appears on two pages, and for each item that was missed another one appears
      twice, unless items were removed. Therefore a list with an item that appeared twice is read again from its
      beginning, up to three times in all, for the items that were missed.
    * A server that ignores the offset repeats its page: reading stops after three pages without another item.
    """
    seen: set[str] = set()
    for _ in range(_MAX_PASSES):
        moved = yield from _read_once(fetch_page, seen)
        if not moved:
            return


def _read_once(fetch_page: Callable[[int], list[Json]], seen: set[str]) -> Generator[Json, None, bool]:
    """Yields the items that are not in `seen`, and adds them. Returns whether an item appeared twice."""
    in_this_pass: set[str] = set()
    moved, offset, repeated_pages = False, 0, 0
    while repeated_pages < _MAX_REPEATED_PAGES:
        page = fetch_page(offset)
        if not page:
            return moved
        offset += len(page)
        page_ids = {item["id"] for item in page}
        moved = moved or not page_ids.isdisjoint(in_this_pass)
        repeated_pages = repeated_pages + 1 if page_ids <= in_this_pass else 0
        in_this_pass |= page_ids
        for item in page:
            if item["id"] not in seen:
                seen.add(item["id"])
                yield item
    return False
