"""The pump: Lambda's events, in order, each record once; failures retried, halved, parked."""

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
    """A table of the test's own, what was pumped from it, and which records the handler refuses."""

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
        pump = StreamPoller(
            self.endpoint,
            self.name,
            handler or self.report_failure,
            checkpoint=self.folder / "stream.json",
            dead_letters=DeadLetters(self.folder / "dead-letters.jsonl"),
            backoff_seconds=0.001,
        )
        self.pollers.append(pump)
        return pump

    def report_failure(self, event: dict[str, Any], _context: Any) -> dict[str, Any]:
        """A handler that reports the first poisonous record of a batch and does what is before it."""
        self.batches.append(record_names(event))
        for record, name in zip(event["Records"], record_names(event), strict=True):
            if name in self.failing:
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
            self.processed.append(name)
        return {"batchItemFailures": []}

    def fail_batch(self, event: dict[str, Any], _context: Any) -> None:
        """A handler that does a whole batch or nothing."""
        self.batches.append(record_names(event))
        if self.failing & set(record_names(event)):
            raise RuntimeError("cannot be done")
        self.processed += record_names(event)

    def dead_letters(self) -> list[dict[str, Any]]:
        file = self.folder / "dead-letters.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def record_names(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


@pytest.fixture
def table(ministack: Engine, tmp_path: Path) -> Iterator[StreamTable]:
    made = StreamTable(ministack.endpoint, tmp_path)
    with closing(made.dynamodb):
        yield made
    for pump in made.pollers:
        pump.stop()


def test_stream_event_equals_lambdas_dynamodb_event(table: StreamTable) -> None:
    events: list[dict[str, Any]] = []
    pump = table.new_poller(lambda event, _context: events.append(event))
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

    assert pump.drain() == 3

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
    pump = table.new_poller()
    assert pump.drain() == 230
    assert pump.drain() == 0
    assert table.processed == written
    assert [len(batch) for batch in table.batches] == [100, 100, 30]


def test_drain_includes_records_written_by_the_handler(table: StreamTable) -> None:
    def answer_with_a_write(event: dict[str, Any], _context: Any) -> None:
        table.processed += record_names(event)
        if record_names(event) == ["cause"]:
            table.put("effect")

    table.put("cause")
    assert table.new_poller(answer_with_a_write).drain() == 2
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
    assert {letter["why"] for letter in table.dead_letters()} == {"RuntimeError: cannot be done"}


def test_transient_failure_is_retried_without_dead_letter(table: StreamTable) -> None:
    def fail_once(event: dict[str, Any], context: Any) -> dict[str, Any]:
        answer = table.report_failure(event, context)
        table.failing.clear()
        return answer

    table.put("a", "b")
    table.failing = {"a"}
    table.new_poller(fail_once).drain()
    assert table.processed == ["a", "b"]
    assert table.dead_letters() == []


def test_unknown_failure_identifier_retries_the_whole_batch(table: StreamTable) -> None:
    answers = iter([{"batchItemFailures": [{"itemIdentifier": "42"}]}, {}, {}])

    def answer(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        table.batches.append(record_names(event))
        return next(answers)

    table.put("a", "b")
    table.new_poller(answer).drain()
    assert table.batches == [["a", "b"], ["a", "b"]]


def test_malformed_handler_response_retries_the_batch(table: StreamTable) -> None:
    answers = iter([["not", "an", "object"], {}])
    table.put("a")
    table.new_poller(lambda _event, _context: next(answers)).drain()
    assert next(answers, "used up") == "used up"
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


def test_skip_passes_over_existing_records_only(table: StreamTable) -> None:
    table.put("a", "b")
    pump = table.new_poller()
    assert pump.skip() == 2
    table.put("c")
    assert pump.drain() == 1
    assert (table.processed, pump.records_read) == (["c"], 3)


def test_poller_thread_delivers_within_one_second(table: StreamTable) -> None:
    pump = table.new_poller()
    pump.start()
    pump.drain()
    started = time.monotonic()
    table.put("a")
    wait_until(lambda: table.processed)
    assert table.processed == ["a"]
    assert time.monotonic() - started < 10
    pump.stop()


def test_stop_does_not_wait_for_a_failing_record(table: StreamTable) -> None:
    table.put("a")
    table.failing = {"a"}
    pump = StreamPoller(table.endpoint, table.name, table.fail_batch, backoff_seconds=60)
    pump.start()
    assert wait_until(lambda: table.batches)
    started = time.monotonic()
    pump.stop()
    assert time.monotonic() - started < 10


def test_drain_of_table_without_stream_raises(table: StreamTable) -> None:
    pump = StreamPoller(table.endpoint, "nowhere", table.report_failure)
    table.pollers.append(pump)
    with pytest.raises(RuntimeError, match="the table nowhere has no stream, or is not there"):
        pump.drain()
