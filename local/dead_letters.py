"""Dead letters of the stream: records that failed for good, stored in a file and reported to a queue in the format of
Lambda's event source mapping."""

import json
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.dynamodb.engine import aws_client

Record = dict[str, Any]


class DeadLetters:
    """`file` (JSON lines) outlives the queue, which is in memory. Without `queue_url` no queue is used."""

    def __init__(self, file: Path, queue_url: str = "") -> None:
        self._file = file
        self._queue_url = queue_url

    def open_queue(self) -> None:
        """Create the queue and send every letter of the file to it. Raises BotoCoreError, ClientError."""
        with self._sqs() as sqs:
            sqs.create_queue(QueueName=self._queue_url.rpartition("/")[2])
        for line in self._file.read_text().splitlines() if self._file.exists() else ():
            self._send(json.loads(line))

    def add(self, shard: str, record: Record, reason: str) -> None:
        """Append the record to the file and send it to the queue. A queue error is printed, not raised: the file has
        the record."""
        print(f"  the record is stored in {self._file}", file=sys.stderr)
        # The key "why" is the stored format of existing files.
        letter = {"parked_at": int(time.time()), "why": reason, "shard": shard, "record": record}
        with self._file.open("a") as file:
            file.write(json.dumps(letter) + "\n")
        try:
            self._send(letter)
        except (BotoCoreError, ClientError) as error:
            print(f"  the record could not be sent to the dead-letter queue: {error}", file=sys.stderr)

    def _send(self, letter: dict[str, Any]) -> None:
        if self._queue_url:
            with self._sqs() as sqs:
                sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(_lambda_failure_record(letter)))

    def _sqs(self) -> closing[Any]:
        return closing(aws_client("sqs", self._queue_url.rsplit("/", 2)[0]))


def _lambda_failure_record(letter: dict[str, Any]) -> dict[str, Any]:
    """Lambda's message about a failed batch: the position of the record in the stream, without the record itself."""
    record = letter["record"]
    number = record["dynamodb"]["SequenceNumber"]
    arrived = _iso_time(record["dynamodb"].get("ApproximateCreationDateTime", letter["parked_at"]))
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted"},
        "version": "1.0",
        "timestamp": _iso_time(letter["parked_at"]),
        "DDBStreamBatchInfo": {
            "shardId": letter.get("shard", "unknown"),  # files of older versions have no shard
            "startSequenceNumber": number,
            "endSequenceNumber": number,
            "approximateArrivalOfFirstRecord": arrived,
            "approximateArrivalOfLastRecord": arrived,
            "batchSize": 1,
            "streamArn": record["eventSourceARN"],
        },
    }


def _iso_time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
