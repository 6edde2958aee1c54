"""Process one batch of stream records with the retry rules of Lambda's event source mapping."""

import sys
import threading
from collections.abc import Callable
from typing import Any

from local.dead_letters import DeadLetters, Record
from local.lambda_context import LambdaContext

Handler = Callable[[dict[str, Any], Any], Any]

MAX_ATTEMPTS = 3


class StreamBatchProcessor:
    """Calls `handler(event, context)`, then `save_checkpoint(shard, record)` with the last processed record.

    A failed batch is retried from its first unprocessed record, `MAX_ATTEMPTS` calls in all, then halved until one
    record is left. That record goes to `dead_letters` and is skipped, so it never blocks the records behind it.
    Returns early when `stopping` is set.
    """

    def __init__(
        self,
        handler: Handler,
        save_checkpoint: Callable[[str, Record], None],
        stopping: threading.Event,
        dead_letters: DeadLetters | None,
        backoff_seconds: float,
    ) -> None:
        self._handler = handler
        self._save_checkpoint = save_checkpoint
        self._stopping = stopping
        self._dead_letters = dead_letters
        self._backoff_seconds = backoff_seconds

    def __call__(self, shard: str, records: list[Record]) -> None:
        first, attempts = 0, 0
        while first < len(records) and not self._stopping.is_set():
            batch = records[first:]
            processed, reason = self._call(batch)
            first += processed
            if processed:
                self._save_checkpoint(shard, records[first - 1])
            if reason is None:
                return
            attempts = 1 if processed else attempts + 1
            if attempts >= MAX_ATTEMPTS:
                self._split_or_dead_letter(shard, batch, reason)
                return
            self._stopping.wait(self._backoff_seconds * 2 ** (attempts - 1))

    def _split_or_dead_letter(self, shard: str, batch: list[Record], reason: str) -> None:
        if len(batch) > 1:
            middle = len(batch) // 2
            self(shard, batch[:middle])
            self(shard, batch[middle:])
        else:
            self._dead_letter(shard, batch[0], reason)

    def _call(self, batch: list[Record]) -> tuple[int, str | None]:
        """(number of processed records from the front, reason why the next one failed; None when all succeeded)."""
        try:
            response = self._handler({"Records": batch}, LambdaContext("projector"))
        except Exception as error:  # noqa: BLE001 - any exception of a handler fails its batch, as in Lambda
            return 0, f"{type(error).__name__}: {error}"
        if response is not None and not isinstance(response, dict):
            return 0, f"the handler returned {type(response).__name__}, not an object"
        failures = (response or {}).get("batchItemFailures") or []
        if not failures:
            return len(batch), None
        failed = {failure.get("itemIdentifier") for failure in failures}
        sequence_numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        # Lambda treats an unknown identifier as a failure of the whole batch.
        first = min(map(sequence_numbers.index, failed)) if failed <= set(sequence_numbers) else 0
        return first, "the handler reported it as failed"

    def _dead_letter(self, shard: str, record: Record, reason: str) -> None:
        print(f"gave up on stream record {record['eventID']} ({reason})", file=sys.stderr)
        if self._dead_letters is not None:
            self._dead_letters.add(shard, record, reason)
