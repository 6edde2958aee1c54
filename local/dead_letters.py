"""What the pump gives up: kept whole in a file, and told to a queue as Lambda's event source tells it."""

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
    """`file` (JSON lines) outlives the queue, which is in memory; without `queue_url` nobody is told."""

    def __init__(self, file: Path, queue_url: str = "") -> None:
        self._file = file
        self._queue_url = queue_url

    def open_queue(self) -> None:
        """Makes the queue, and fills it with what the file holds. Raises BotoCoreError, ClientError."""
        with self._sqs() as sqs:
            sqs.create_queue(QueueName=self._queue_url.rpartition("/")[2])
        for line in self._file.read_text().splitlines() if self._file.exists() else ():
            self._send(json.loads(line))

    def add(self, shard: str, record: Record, reason: str) -> None:
        """Never raises for a queue that does not answer: the file has the record."""
        print(f"  it is kept in {self._file}", file=sys.stderr)
        letter = {"parked_at": int(time.time()), "why": reason, "shard": shard, "record": record}
        with self._file.open("a") as file:
            file.write(json.dumps(letter) + "\n")
        try:
            self._send(letter)
        except (BotoCoreError, ClientError) as failure:
            print(f"  the queue of dead letters was not told: {failure}", file=sys.stderr)

    def _send(self, letter: dict[str, Any]) -> None:
        if self._queue_url:
            with self._sqs() as sqs:
                sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(_lambda_failure_record(letter)))

    def _sqs(self) -> closing[Any]:
        return closing(aws_client("sqs", self._queue_url.rsplit("/", 2)[0]))


def _lambda_failure_record(letter: dict[str, Any]) -> dict[str, Any]:
    """Where in the stream the record stands; the record itself is not in it."""
    record = letter["record"]
    number = record["dynamodb"]["SequenceNumber"]
    arrived = _iso_time(record["dynamodb"].get("ApproximateCreationDateTime", letter["parked_at"]))
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted"},
        "version": "1.0",
        "timestamp": _iso_time(letter["parked_at"]),
        "DDBStreamBatchInfo": {
            "shardId": letter.get("shard", "unknown"),  # files from before the queue name none
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
