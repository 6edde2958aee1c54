"""Reading a list page by page while it has small pages, or changes."""

from collections.abc import Callable

import pytest

from shared.gateways.pages import Json, read_pages


class PagedList:
    """A list at a server: `page_size` items a page; `change` may alter it after each request."""

    def __init__(self, count: int, page_size: int, change: Callable[["PagedList"], None] | None = None) -> None:
        self.names = [f"i{number}" for number in range(count)]
        self.page_size = page_size
        self.change = change
        self.offsets: list[int] = []

    def fetch_page(self, offset: int) -> list[Json]:
        self.offsets.append(offset)
        page = [{"id": name} for name in self.names[offset : offset + self.page_size]]
        if self.change:
            self.change(self)
        return page

    def read(self) -> list[str]:
        return [item["id"] for item in read_pages(self.fetch_page)]


@pytest.mark.parametrize(
    ("count", "page_size", "offsets"),
    [(0, 100, [0]), (1, 100, [0, 1]), (100, 100, [0, 100]), (250, 100, [0, 100, 200, 250]), (3, 1, [0, 1, 2, 3])],
)
def test_read_pages_ends_at_the_empty_page(count: int, page_size: int, offsets: list[int]) -> None:
    paged = PagedList(count, page_size)
    assert paged.read() == paged.names
    assert paged.offsets == offsets


def test_read_pages_requests_a_page_when_the_items_before_are_consumed() -> None:
    paged = PagedList(4, 2)
    items = read_pages(paged.fetch_page)
    assert [next(items)["id"], next(items)["id"], paged.offsets] == ["i0", "i1", [0]]
    assert (next(items)["id"], paged.offsets) == ("i2", [0, 2])


@pytest.mark.parametrize("page_size", [1, 2, 3, 10])
def test_read_pages_of_a_growing_list_yields_each_item_once(page_size: int) -> None:
    def grow(paged: PagedList) -> None:
        if len(paged.offsets) in (1, 3):
            paged.names.insert(0, f"new{len(paged.offsets)}")

    paged = PagedList(6, page_size, grow)
    read = paged.read()
    assert len(read) == len(set(read))
    assert {f"i{number}" for number in range(6)} <= set(read)


def test_read_pages_finds_the_item_that_moved_to_a_page_already_read() -> None:
    def swap_once(paged: PagedList) -> None:
        if len(paged.offsets) == 1:
            paged.names[1], paged.names[2] = paged.names[2], paged.names[1]

    paged = PagedList(4, 2, swap_once)
    assert sorted(paged.read()) == ["i0", "i1", "i2", "i3"]
    assert paged.offsets == [0, 2, 4, 0, 2, 4]


def test_read_pages_of_a_list_that_never_rests_ends_after_three_passes() -> None:
    def rotate(paged: PagedList) -> None:
        paged.names = paged.names[-1:] + paged.names[:-1]

    paged = PagedList(6, 2, rotate)
    assert set(paged.read()) <= set(paged.names)
    assert paged.offsets == [0, 2, 4, 6] * 3


def test_read_pages_of_a_server_without_offset_stops_after_three_repetitions() -> None:
    requested: list[int] = []

    def fetch_page(offset: int) -> list[Json]:
        requested.append(offset)
        return [{"id": "a"}, {"id": "b"}]

    assert [item["id"] for item in read_pages(fetch_page)] == ["a", "b"]
    assert requested == [0, 2, 4, 6]
