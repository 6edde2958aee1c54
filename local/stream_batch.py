"""One batch of a stream, handed to a function the way Lambda's event source hands it."""

import sys
import threading
from collections.abc import Callable
from typing import Any

from local.dead_letters import DeadLetters, Record
from local.lambda_context import LambdaContext

Handler = Callable[[dict[str, Any], Any], Any]

MAX_ATTEMPTS = 3


class StreamBatchProcessor:
    """Calls `handler(event, context)` and tells `remember(shard, record)` the last record that is done.

    A failed batch is tried `ATTEMPTS` times from its first record not done, then halved, until one record is left:
    that one goes to `dead_letters` and is passed over, so it never blocks those behind it. Ends early when `stopping`.
    """

    def __init__(
        self,
        handler: Handler,
        remember: Callable[[str, Record], None],
        stopping: threading.Event,
        dead_letters: DeadLetters | None,
        backoff_seconds: float,
    ) -> None:
        self._handler = handler
        self._save_checkpoint = remember
        self._stopping = stopping
        self._dead_letters = dead_letters
        self._backoff_seconds = backoff_seconds

    def __call__(self, shard: str, records: list[Record]) -> None:
        first, attempts = 0, 0
        while first < len(records) and not self._stopping.is_set():
            batch = records[first:]
            done, why = self._call(batch)
            first += done
            if done:
                self._save_checkpoint(shard, records[first - 1])
            if why is None:
                return
            attempts = 1 if done else attempts + 1
            if attempts < MAX_ATTEMPTS:
                self._stopping.wait(self._backoff_seconds * 2 ** (attempts - 1))
            elif len(batch) > 1:
                middle = len(batch) // 2
                self(shard, batch[:middle])
                self(shard, batch[middle:])
                return
            else:
                self._dead_letter(shard, batch[0], why)
                return

    def _call(self, batch: list[Record]) -> tuple[int, str | None]:
        """How many records from the front are done, and why the next one is not (None: all are)."""
        try:
            answer = self._handler({"Records": batch}, LambdaContext("projector"))
        except Exception as failure:  # noqa: BLE001 - whatever a handler raises fails its batch, as in Lambda
            return 0, f"{type(failure).__name__}: {failure}"
        if answer is not None and not isinstance(answer, dict):
            return 0, f"the handler answered {type(answer).__name__}, not an object"
        failures = (answer or {}).get("batchItemFailures") or []
        if not failures:
            return len(batch), None
        named = {failure.get("itemIdentifier") for failure in failures}
        order = [record["dynamodb"]["SequenceNumber"] for record in batch]
        # Lambda takes an unknown identifier for a failure of the whole batch.
        first = min(map(order.index, named)) if named <= set(order) else 0
        return first, "the handler reported it as failed"

    def _dead_letter(self, shard: str, record: Record, why: str) -> None:
        print(f"gave up on stream record {record['eventID']} ({why})", file=sys.stderr)
        if self._dead_letters is not None:
            self._dead_letters.add(shard, record, why)
