"""Fill a table with large batches of items.

The requests are built without an SDK and not signed, which local engines do not check: an SDK takes longer to validate,
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


def fill(
    batch: Batch, read_models: ReadModelBuilder, partitions: frozenset[str] | None, progress: ProgressCallback
) -> int:
    """Write the batch, its read models and all counters; returns the number of items. `partitions` as of
    ReadModelBuilder.listing_items. `progress(items)` is called with the number of written items."""
    return write_items(_items(batch, read_models, partitions), progress)


def _items(batch: Batch, read_models: ReadModelBuilder, partitions: frozenset[str] | None) -> Iterator[Raw]:
    for item in batch_items(batch):
        yield to_raw(item)
        yield from read_models.add(item)
    yield from read_models.listing_items(batch, partitions)
    yield from read_models.counter_items()


def write_items(items: Iterable[Raw], progress: ProgressCallback) -> int:
    """Call BatchWriteItem from a few threads while the next items are generated; retries unprocessed items."""
    remaining, written, pending = iter(items), 0, set[Future[int]]()
    engine = connection_from_url(str(settings().dynamodb_endpoint), maxsize=_THREADS)
    with engine, ThreadPoolExecutor(_THREADS) as threads:
        while chunk := list(islice(remaining, _BATCH_SIZE)):
            pending.add(threads.submit(_put_batch, engine, chunk))
            if len(pending) >= _MAX_PENDING:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                written += sum(future.result() for future in done)
                progress(written)
        return written + sum(future.result() for future in pending)


def _put_batch(engine: HTTPConnectionPool, items: list[Raw]) -> int:
    request = {settings().table_name: [{"PutRequest": {"Item": item}} for item in items]}
    for _ in range(_MAX_ATTEMPTS):
        response = engine.request("POST", "/", body=json.dumps({"RequestItems": request}), headers=_headers())
        if response.status != 200:
            raise RuntimeError(f"the engine rejected items: {response.data.decode()}")
        request = response.json().get("UnprocessedItems")
        if not request:
            return len(items)
    raise RuntimeError(f"the engine left items unprocessed after {_MAX_ATTEMPTS} attempts")


def _headers() -> dict[str, str]:
    """Headers of an unsigned request; local engines read the region from the credential."""
    credential = f"local/20260101/{settings().region}/dynamodb/aws4_request"
    return {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=none",
    }
