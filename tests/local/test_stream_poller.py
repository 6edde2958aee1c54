"""The stream poller: Lambda's event format, records in order and once, failed batches retried, halved and sent to the
dead letters."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from local.dead_letters import DeadLetters
from local.dynamodb.engine import Engine, aws_client, create_table
from local.stream_poller import StreamPoller
from local.waiting import wait_until


class StreamTable:
    """A table for one test, the records that its pollers have processed, and the records that the handler fails."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint = endpoint
        self.name = f"t{uuid.uuid4().hex}"
        self.folder = folder
        create_table(endpoint, self.name)
        self.batches: list[list[str]] = []
        self.processed: list[str] = []
        self.failing: set[str] = set()
        self.pollers: list[StreamPoller] = []
        self.dynamodb = aws_client("dynamodb", endpoint)

    def put(self, *names: str) -> None:
        for name in names:
            self.dynamodb.put_item(TableName=self.name, Item={"pk": {"S": name}, "sk": {"S": "-"}})

    def new_poller(self, handler: Any = None) -> StreamPoller:
        poller = StreamPoller(
            self.endpoint,
            self.name,
            handler or self.report_failure,
            checkpoint=self.folder / "stream.json",
            dead_letters=DeadLetters(self.folder / "dead-letters.jsonl"),
            backoff_seconds=0.001,
        )
        self.pollers.append(poller)
        return poller

    def report_failure(self, event: dict[str, Any], _context: Any) -> dict[str, Any]:
        """A handler that reports the first failing record of a batch and processes the records before it."""
        self.batches.append(record_names(event))
        for record, name in zip(event["Records"], record_names(event), strict=True):
            if name in self.failing:
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
            self.processed.append(name)
        return {"batchItemFailures": []}

    def fail_batch(self, event: dict[str, Any], _context: Any) -> None:
        """A handler that processes a whole batch or raises."""
        self.batches.append(record_names(event))
        if self.failing & set(record_names(event)):
            raise RuntimeError("failed on purpose")
        self.processed += record_names(event)

    def dead_letters(self) -> list[dict[str, Any]]:
        file = self.folder / "dead-letters.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def record_names(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


@pytest.fixture
def table(ministack: Engine, tmp_path: Path) -> Iterator[StreamTable]:
    stream_table = StreamTable(ministack.endpoint, tmp_path)
    with closing(stream_table.dynamodb):
        yield stream_table
    for poller in stream_table.pollers:
        poller.stop()


def test_stream_event_equals_lambdas_dynamodb_event(table: StreamTable) -> None:
    events: list[dict[str, Any]] = []
    poller = table.new_poller(lambda event, _context: events.append(event))
    key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    before = int(time.time())
    table.dynamodb.put_item(TableName=table.name, Item={**key, "bytes": {"B": b"\x00\xff"}, "set": {"BS": [b"x"]}})
    table.dynamodb.update_item(
        TableName=table.name,
        Key=key,
        UpdateExpression="SET n = :n REMOVE bytes",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    table.dynamodb.delete_item(TableName=table.name, Key=key)

    assert poller.drain() == 3

    [event] = events
    first = {**key, "bytes": {"B": "AP8="}, "set": {"BS": ["eA=="]}}
    second = {**key, "set": {"BS": ["eA=="]}, "n": {"N": "1"}}
    images = [{"NewImage": first}, {"NewImage": second, "OldImage": first}, {"OldImage": second}]
    streams = aws_client("dynamodbstreams", table.endpoint)
    with closing(streams):
        arn = streams.list_streams(TableName=table.name)["Streams"][0]["StreamArn"]
    for record, name, image in zip(event["Records"], ["INSERT", "MODIFY", "REMOVE"], images, strict=True):
        change = record["dynamodb"]
        assert record == {
            "eventID": record["eventID"],
            "eventName": name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "ap-south-1",
            "eventSourceARN": arn,
            "dynamodb": {
                "ApproximateCreationDateTime": change["ApproximateCreationDateTime"],
                "Keys": key,
                "SequenceNumber": change["SequenceNumber"],
                "SizeBytes": change["SizeBytes"],
                "StreamViewType": "NEW_AND_OLD_IMAGES",
                **image,
            },
        }
        assert before <= change["ApproximateCreationDateTime"] <= time.time()
    assert json.loads(json.dumps(event)) == event
    numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
    assert numbers == sorted(set(numbers), key=int)


def test_drain_of_empty_stream_returns_0_and_calls_no_handler(table: StreamTable) -> None:
    assert table.new_poller().drain() == 0
    assert table.batches == []


def test_drain_delivers_each_record_once_in_order_in_batches_of_100(table: StreamTable) -> None:
    written = [f"{number:03}" for number in range(230)]
    table.put(*written)
    poller = table.new_poller()
    assert poller.drain() == 230
    assert poller.drain() == 0
    assert table.processed == written
    assert [len(batch) for batch in table.batches] == [100, 100, 30]


def test_drain_includes_records_written_by_the_handler(table: StreamTable) -> None:
    def write_in_response(event: dict[str, Any], _context: Any) -> None:
        table.processed += record_names(event)
        if record_names(event) == ["cause"]:
            table.put("effect")

    table.put("cause")
    assert table.new_poller(write_in_response).drain() == 2
    assert table.processed == ["cause", "effect"]


def test_reported_record_is_retried_then_sent_to_dead_letters(
    table: StreamTable, capsys: pytest.CaptureFixture[str]
) -> None:
    table.put("a", "b", "c", "d")
    table.failing = {"b"}
    assert table.new_poller().drain() == 4
    assert table.processed == ["a", "c", "d"]
    assert table.batches == [["a", "b", "c", "d"], ["b", "c", "d"], ["b", "c", "d"], ["b"], ["b"], ["b"], ["c", "d"]]
    [letter] = table.dead_letters()
    assert letter["record"]["dynamodb"]["Keys"]["pk"] == {"S": "b"}
    assert letter["why"] == "the handler reported it as failed"
    assert f"gave up on stream record {letter['record']['eventID']}" in capsys.readouterr().err


def test_failing_batch_is_bisected_to_the_failing_records(table: StreamTable) -> None:
    written = [f"{number:03}" for number in range(100)]
    table.put(*written)
    table.failing = {"037", "099"}
    table.new_poller(table.fail_batch).drain()
    assert table.processed == [name for name in written if name not in table.failing]
    assert [letter["record"]["dynamodb"]["Keys"]["pk"]["S"] for letter in table.dead_letters()] == ["037", "099"]
    assert {letter["why"] for letter in table.dead_letters()} == {"RuntimeError: failed on purpose"}


def test_transient_failure_is_retried_without_dead_letter(table: StreamTable) -> None:
    def fail_once(event: dict[str, Any], context: Any) -> dict[str, Any]:
        response = table.report_failure(event, context)
        table.failing.clear()
        return response

    table.put("a", "b")
    table.failing = {"a"}
    table.new_poller(fail_once).drain()
    assert table.processed == ["a", "b"]
    assert table.dead_letters() == []


def test_unknown_failure_identifier_retries_the_whole_batch(table: StreamTable) -> None:
    responses = iter([{"batchItemFailures": [{"itemIdentifier": "42"}]}, {}, {}])

    def respond(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        table.batches.append(record_names(event))
        return next(responses)

    table.put("a", "b")
    table.new_poller(respond).drain()
    assert table.batches == [["a", "b"], ["a", "b"]]


def test_malformed_handler_response_retries_the_batch(table: StreamTable) -> None:
    responses = iter([["not", "an", "object"], {}])
    table.put("a")
    table.new_poller(lambda _event, _context: next(responses)).drain()
    assert next(responses, "used up") == "used up"
    assert table.dead_letters() == []


def test_new_poller_continues_after_the_last_processed_record(table: StreamTable) -> None:
    table.put("a", "b")
    table.new_poller().drain()
    table.put("c")
    assert table.new_poller().drain() == 1
    assert table.processed == ["a", "b", "c"]


def test_checkpoint_of_another_stream_is_ignored(table: StreamTable) -> None:
    (table.folder / "stream.json").write_text(json.dumps({"arn": "arn:other", "done": {"shard": "1"}}))
    table.put("a")
    assert table.new_poller().drain() == 1


def test_skip_ignores_existing_records_only(table: StreamTable) -> None:
    table.put("a", "b")
    poller = table.new_poller()
    assert poller.skip() == 2
    table.put("c")
    assert poller.drain() == 1
    assert (table.processed, poller.records_read) == (["c"], 3)


def test_poller_thread_delivers_a_new_record(table: StreamTable) -> None:
    poller = table.new_poller()
    poller.start()
    poller.drain()
    started = time.monotonic()
    table.put("a")
    wait_until(lambda: table.processed)
    assert table.processed == ["a"]
    assert time.monotonic() - started < 10
    poller.stop()


def test_stop_does_not_wait_for_a_failing_record(table: StreamTable) -> None:
    table.put("a")
    table.failing = {"a"}
    poller = StreamPoller(table.endpoint, table.name, table.fail_batch, backoff_seconds=60)
    poller.start()
    assert wait_until(lambda: table.batches)
    started = time.monotonic()
    poller.stop()
    assert time.monotonic() - started < 10


def test_drain_of_table_without_stream_raises(table: StreamTable) -> None:
    poller = StreamPoller(table.endpoint, "nowhere", table.report_failure)
    table.pollers.append(poller)
    with pytest.raises(RuntimeError, match="the table nowhere does not exist or has no stream"):
        poller.drain()
