"""A table of the product's shape in an engine of its own, filled many items at a time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import islice
from typing import Any

from local.engine import client
from local.scale.people import Batch, write_side
from local.scale.read_side import Raw, ReadSide, stored
from shared.config import settings

_TOGETHER = 25
_THREADS = 4
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
    dynamodb = client("dynamodb", str(settings().dynamodb_endpoint))
    with closing(dynamodb), ThreadPoolExecutor(_THREADS) as threads:
        while some := list(islice(remaining, _TOGETHER * _THREADS)):
            parts = [some[first : first + _TOGETHER] for first in range(0, len(some), _TOGETHER)]
            list(threads.map(partial(_put, dynamodb), parts))
            written += len(some)
            told(written)
    return written


def _put(dynamodb: Any, items: list[Raw]) -> None:
    request = {settings().table_name: [{"PutRequest": {"Item": item}} for item in items]}
    for _ in range(_ROUNDS):
        request = dynamodb.batch_write_item(RequestItems=request)["UnprocessedItems"]
        if not request:
            return
    raise RuntimeError("the engine takes no more")
