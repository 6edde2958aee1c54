"""Carry the table's stream to the projector the way Lambda's event source does: in order, each record once."""

import base64
import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.dead_letters import DeadLetters, Record
from local.dynamodb.engine import aws_client
from local.stream_batch import Handler, StreamBatchProcessor

BATCH_SIZE = 100
IDLE_SECONDS = 0.05
_RESTART_ERRORS = {"TrimmedDataAccessException", "ExpiredIteratorException", "ResourceNotFoundException"}


class StreamPoller:
    """Reads every record once, in order, and calls `handler(event, context)` with batches of at most 100.

    What a failed batch meets, `Delivery` says: a record that is given up goes to `dead_letters`.
    With `checkpoint`, the last record done survives a restart as long as the stream itself does.
    `moved` counts the records read so far: it stands still only while nothing writes to the table.
    """

    def __init__(
        self,
        endpoint: str,
        table_name: str,
        handler: Handler,
        *,
        checkpoint: Path | None = None,
        dead_letters: DeadLetters | None = None,
        backoff_seconds: float = 0.05,
    ) -> None:
        self._endpoint = endpoint
        self._table_name = table_name
        self._checkpoint = checkpoint
        self.records_read = 0
        self._streams = aws_client("dynamodbstreams", endpoint)
        self._arn = ""
        self._iterators: dict[str, str | None] = {}
        self._done: dict[str, str] = {}
        self._drain_lock = threading.Lock()
        self._stopping = threading.Event()
        self._process_batch = StreamBatchProcessor(
            handler, self._save_checkpoint, self._stopping, dead_letters, backoff_seconds
        )
        self._thread: threading.Thread | None = None

    def drain(self, seconds: float = float("inf")) -> int:
        """Process everything there is, what the handler writes meanwhile included; the number of records read.

        Begins no new batch after `seconds`. Raises what botocore raises when the stream cannot be read. Safe to call
        while the thread runs.
        """
        with self._drain_lock:
            return self._drain(self._process_batch, time.monotonic() + seconds)

    def skip(self) -> int:
        """Pass over everything there is, without calling the handler; the number of records."""
        with self._drain_lock:
            return self._drain(lambda _shard, _records: None, float("inf"))

    def start(self) -> None:
        """Keep draining in a thread, looking again 50 ms after each time there was nothing."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="stream-pump", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the batch in hand and let go of the connection. What is left stays in the stream."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._streams.close()

    def _run(self) -> None:
        complained = False
        while not self._stopping.is_set():
            try:
                moved = self.drain()
                complained = False
            except (BotoCoreError, ClientError, RuntimeError) as failure:
                moved = 0
                if not complained:
                    print(f"the table's stream cannot be read, trying on: {failure}", file=sys.stderr)
                    complained = True
            if not moved:
                self._stopping.wait(IDLE_SECONDS)

    def _drain(self, consume: Callable[[str, list[Record]], None], until: float) -> int:
        total = 0
        while not self._stopping.is_set() and time.monotonic() < until:
            if not any(self._iterators.values()):
                self._find_shards()
            moved = sum(self._read(shard, consume) for shard, iterator in list(self._iterators.items()) if iterator)
            if not moved:
                break
            total += moved
        return total

    def _read(self, shard: str, consume: Callable[[str, list[Record]], None]) -> int:
        try:
            page = self._streams.get_records(ShardIterator=self._iterators[shard], Limit=BATCH_SIZE)
        except ClientError as refused:
            if refused.response["Error"]["Code"] not in _RESTART_ERRORS:
                raise
            self._iterators.clear()
            return 0
        records = [self._to_lambda_record(record) for record in page["Records"]]
        self.records_read += len(records)
        if records:
            consume(shard, records)
        if not self._stopping.is_set():
            self._iterators[shard] = page.get("NextShardIterator")
            if records:
                self._save_checkpoint(shard, records[-1])
        return len(records)

    def _find_shards(self) -> None:
        """Position every shard after the last record done, or at the oldest record there is. Parents come first."""
        found = self._streams.list_streams(TableName=self._table_name)["Streams"]
        if not found:
            raise RuntimeError(f"the table {self._table_name} has no stream, or is not there")
        arn = found[-1]["StreamArn"]
        if arn != self._arn:
            self._arn = arn
            self._done = self._load_checkpoint()
        shards: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            description = self._streams.describe_stream(StreamArn=arn, **more)["StreamDescription"]
            shards += description["Shards"]
            if "LastEvaluatedShardId" not in description:
                break
            more = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}
        for shard in shards:
            if self._iterators.get(shard["ShardId"], "") == "":
                self._iterators[shard["ShardId"]] = self._iterator(shard["ShardId"])

    def _iterator(self, shard: str) -> str:
        where: dict[str, str] = {"StreamArn": self._arn, "ShardId": shard}
        if done := self._done.get(shard):
            try:
                after: dict[str, str] = self._streams.get_shard_iterator(
                    **where, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=done
                )
                return after["ShardIterator"]
            except ClientError as refused:
                if refused.response["Error"]["Code"] not in _RESTART_ERRORS:
                    raise
        oldest: dict[str, str] = self._streams.get_shard_iterator(**where, ShardIteratorType="TRIM_HORIZON")
        return oldest["ShardIterator"]

    def _save_checkpoint(self, shard: str, record: Record) -> None:
        self._done[shard] = record["dynamodb"]["SequenceNumber"]
        if self._checkpoint is not None:
            new = self._checkpoint.with_suffix(".new")
            new.write_text(json.dumps({"arn": self._arn, "done": self._done}))
            new.replace(self._checkpoint)

    def _load_checkpoint(self) -> dict[str, str]:
        if self._checkpoint is None or not self._checkpoint.exists():
            return {}
        kept = json.loads(self._checkpoint.read_text())
        return dict(kept["done"]) if kept["arn"] == self._arn else {}

    def _to_lambda_record(self, record: Record) -> Record:
        """The SDK's shape to Lambda's: times are epoch seconds, binary values base64, and the stream is named."""
        seen: Record = _to_json_values(record)
        identity = seen.pop("userIdentity", None)
        if identity:
            seen["userIdentity"] = {"type": identity["Type"], "principalId": identity["PrincipalId"]}
        return {**seen, "eventVersion": "1.1", "eventSource": "aws:dynamodb", "eventSourceARN": self._arn}


def _to_json_values(value: Any) -> Any:
    match value:
        case dict():
            return {key: _to_json_values(inner) for key, inner in value.items()}
        case list():
            return [_to_json_values(inner) for inner in value]
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return int(value.timestamp())
        case _:
            return value
