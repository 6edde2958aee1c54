"""Poll the table's stream and call the projector as Lambda's event source mapping does: in order, each record once."""

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
    """Reads every record once, in order, and calls `handler(event, context)` with batches of at most `batch_size`.

    `StreamBatchProcessor` has the rules for failed batches; a record that fails for good goes to `dead_letters`.
    With `checkpoint`, the position in the stream survives a restart as long as the stream itself does.
    `records_read` counts the records read so far: it is constant only while nothing writes to the table.
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
        self.batch_size = BATCH_SIZE
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
        """Process all records, including those that the handler's own writes add; returns the number of records read.

        Starts no new batch after `seconds`. Raises botocore's errors when the stream cannot be read. Safe to call
        while the thread runs.
        """
        with self._drain_lock:
            return self._drain(self._process_batch, time.monotonic() + seconds)

    def skip(self) -> int:
        """Read all records without calling the handler; returns their number."""
        with self._drain_lock:
            return self._drain(lambda _shard, _records: None, float("inf"))

    def start(self) -> None:
        """Drain the stream in a thread, which polls an empty stream every 50 ms."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="stream-poller", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the current batch and close the connection. Unread records stay in the stream."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._streams.close()

    def _run(self) -> None:
        error_reported = False
        while not self._stopping.is_set():
            try:
                count = self.drain()
                error_reported = False
            except (BotoCoreError, ClientError, RuntimeError) as error:
                count = 0
                if not error_reported:
                    print(f"the table's stream cannot be read, retrying: {error}", file=sys.stderr)
                    error_reported = True
            if not count:
                self._stopping.wait(IDLE_SECONDS)

    def _drain(self, consume: Callable[[str, list[Record]], None], until: float) -> int:
        total = 0
        while not self._stopping.is_set() and time.monotonic() < until:
            if not any(self._iterators.values()):
                self._find_shards()
            open_shards = [shard for shard, iterator in self._iterators.items() if iterator]
            count = sum(self._read(shard, consume) for shard in open_shards)
            if not count:
                break
            total += count
        return total

    def _read(self, shard: str, consume: Callable[[str, list[Record]], None]) -> int:
        try:
            page = self._streams.get_records(ShardIterator=self._iterators[shard], Limit=self.batch_size)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _RESTART_ERRORS:
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
        """Position every shard after its last processed record, or at its oldest record. Parents come first."""
        found = self._streams.list_streams(TableName=self._table_name)["Streams"]
        if not found:
            raise RuntimeError(f"the table {self._table_name} does not exist or has no stream")
        arn = found[-1]["StreamArn"]
        if arn != self._arn:
            self._arn = arn
            self._done = self._load_checkpoint()
        for shard_id in self._list_shard_ids():
            if self._iterators.get(shard_id, "") == "":
                self._iterators[shard_id] = self._iterator(shard_id)

    def _list_shard_ids(self) -> list[str]:
        shard_ids: list[str] = []
        page_start: dict[str, str] = {}
        while True:
            description = self._streams.describe_stream(StreamArn=self._arn, **page_start)["StreamDescription"]
            shard_ids += [shard["ShardId"] for shard in description["Shards"]]
            if "LastEvaluatedShardId" not in description:
                return shard_ids
            page_start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}

    def _iterator(self, shard: str) -> str:
        position: dict[str, str] = {"StreamArn": self._arn, "ShardId": shard}
        if done := self._done.get(shard):
            try:
                after: dict[str, str] = self._streams.get_shard_iterator(
                    **position, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=done
                )
                return after["ShardIterator"]
            except ClientError as error:
                if error.response["Error"]["Code"] not in _RESTART_ERRORS:
                    raise
        oldest: dict[str, str] = self._streams.get_shard_iterator(**position, ShardIteratorType="TRIM_HORIZON")
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
        stored = json.loads(self._checkpoint.read_text())
        return dict(stored["done"]) if stored["arn"] == self._arn else {}

    def _to_lambda_record(self, record: Record) -> Record:
        """The SDK's record in Lambda's format: times are epoch seconds, binary values are base64, and the ARN of the
        stream is included."""
        converted: Record = _to_json_values(record)
        identity = converted.pop("userIdentity", None)
        if identity:
            converted["userIdentity"] = {"type": identity["Type"], "principalId": identity["PrincipalId"]}
        return {**converted, "eventVersion": "1.1", "eventSource": "aws:dynamodb", "eventSourceARN": self._arn}


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
