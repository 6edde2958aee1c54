"""A table of the product's shape in an engine of its own, filled many items at a time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from local.scale.people import Batch, write_side
from local.scale.read_side import Raw, ReadSide, stored
from shared.db.base import table

_TOGETHER = 25
_THREADS = 8
_ROUNDS = 20

Told = Callable[[int], None]


def fill(made: Batch, reading: ReadSide, only: frozenset[str] | None, told: Told) -> int:
    """Writes the batch and what the projector would have made of it, and all figures anew; how many items that were.
    `told(items)` hears how it goes on."""
    return write(_items(made, reading, only), told)


def _items(made: Batch, reading: ReadSide, only: frozenset[str] | None) -> Iterator[Raw]:
    for item in write_side(made):
        yield stored(item)
        yield from reading.take(item)
    yield from reading.list(made, only)
    yield from reading.figures()


def write(items: Iterable[Raw], told: Told) -> int:
    """BatchWriteItem from a few threads, and again what was not taken."""
    remaining, written = iter(items), 0
    with ThreadPoolExecutor(_THREADS) as threads:
        while some := [list(islice(remaining, _TOGETHER)) for _ in range(_THREADS)]:
            some = [each for each in some if each]
            if not some:
                break
            list(threads.map(_put, some))
            written += sum(map(len, some))
            told(written)
    return written


def _put(items: list[Raw]) -> None:
    name = table().table_name
    request = {name: [{"PutRequest": {"Item": item}} for item in items]}
    for _ in range(_ROUNDS):
        answer = table().connection._make_api_call("BatchWriteItem", {"RequestItems": request})
        request = answer["UnprocessedItems"]
        if not request:
            return
    raise RuntimeError("the engine takes no more")
