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

from shared.config import settings
from tests.load.scale.data_generator import Batch, batch_items
from tests.load.scale.read_models import Raw, ReadModelBuilder, to_raw

_BATCH_SIZE: Final = 25
_THREADS: Final = 3
_MAX_PENDING: Final = 2 * _THREADS
_MAX_ATTEMPTS: Final = 20

ProgressCallback = Callable[[int], None]


def fill(made: Batch, reading: ReadModelBuilder, only: frozenset[str] | None, told: ProgressCallback) -> int:
    """Writes the batch and what the projector would have made of it, and all figures anew; how many items that were.
    `told(items)` hears how it goes on."""
    return write_items(_items(made, reading, only), told)


def _items(made: Batch, reading: ReadModelBuilder, only: frozenset[str] | None) -> Iterator[Raw]:
    for item in batch_items(made):
        yield to_raw(item)
        yield from reading.add(item)
    yield from reading.listing_items(made, only)
    yield from reading.counter_items()


def write_items(items: Iterable[Raw], told: ProgressCallback) -> int:
    """BatchWriteItem from a few threads while the next items are made, and again what was not taken."""
    remaining, written, under_way = iter(items), 0, set[Future[int]]()
    engine = connection_from_url(str(settings().dynamodb_endpoint), maxsize=_THREADS)
    with engine, ThreadPoolExecutor(_THREADS) as threads:
        while some := list(islice(remaining, _BATCH_SIZE)):
            under_way.add(threads.submit(_put_batch, engine, some))
            if len(under_way) >= _MAX_PENDING:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                written += sum(each.result() for each in done)
                told(written)
        return written + sum(each.result() for each in under_way)


def _put_batch(engine: HTTPConnectionPool, items: list[Raw]) -> int:
    request = {settings().table_name: [{"PutRequest": {"Item": item}} for item in items]}
    for _ in range(_MAX_ATTEMPTS):
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
