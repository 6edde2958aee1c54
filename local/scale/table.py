"""A table of the product's shape in an engine of its own, filled many items at a time.

The requests are written by hand and not signed, which a local engine does not look at: an SDK takes longer to check,
convert and sign an item than the engine takes to store it.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Final

from urllib3 import HTTPConnectionPool, connection_from_url

from local.scale.people import Batch, write_side
from local.scale.read_side import Raw, ReadSide, stored
from shared.config import settings

_TOGETHER: Final = 25
_THREADS: Final = 3
_WAITING: Final = 2 * _THREADS
_ROUNDS: Final = 20

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
    """BatchWriteItem from a few threads while the next items are made, and again what was not taken."""
    remaining, written, under_way = iter(items), 0, set[Future[int]]()
    engine = connection_from_url(str(settings().dynamodb_endpoint), maxsize=_THREADS)
    with engine, ThreadPoolExecutor(_THREADS) as threads:
        while some := list(islice(remaining, _TOGETHER)):
            under_way.add(threads.submit(_put, engine, some))
            if len(under_way) >= _WAITING:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                written += sum(each.result() for each in done)
                told(written)
        return written + sum(each.result() for each in under_way)


def _put(engine: HTTPConnectionPool, items: list[Raw]) -> int:
    request = {settings().table_name: [{"PutRequest": {"Item": item}} for item in items]}
    for _ in range(_ROUNDS):
        answer = engine.request("POST", "/", body=json.dumps({"RequestItems": request}), headers=_headers())
        if answer.status != 200:
            raise RuntimeError(f"the engine refused items: {answer.data.decode()}")
        request = answer.json().get("UnprocessedItems")
        if not request:
            return len(items)
    raise RuntimeError("the engine takes no more")


def _headers() -> dict[str, str]:
    """Local engines find the region in the credential."""
    credential = f"local/20260101/{settings().region}/dynamodb/aws4_request"
    return {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=none",
    }
