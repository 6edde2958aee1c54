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
from local.engine import Engine, aws_client, create_table
from local.streams import StreamPoller
from local.waiting import wait_until


class Table:
    """A table of the test's own, what was pumped from it, and which records the handler refuses."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint = endpoint
        self.name = f"t{uuid.uuid4().hex}"
        self.folder = folder
        create_table(endpoint, self.name)
        self.batches: list[list[str]] = []
        self.seen: list[str] = []
        self.poison: set[str] = set()
        self.pumps: list[StreamPoller] = []
        self.dynamodb = aws_client("dynamodb", endpoint)

    def put(self, *names: str) -> None:
        for name in names:
            self.dynamodb.put_item(TableName=self.name, Item={"pk": {"S": name}, "sk": {"S": "-"}})

    def pump(self, handler: Any = None) -> StreamPoller:
        pump = StreamPoller(
            self.endpoint,
            self.name,
            handler or self.report,
            checkpoint=self.folder / "stream.json",
            dead_letters=DeadLetters(self.folder / "dead-letters.jsonl"),
            backoff_seconds=0.001,
        )
        self.pumps.append(pump)
        return pump

    def report(self, event: dict[str, Any], _context: Any) -> dict[str, Any]:
        """A handler that reports the first poisonous record of a batch and does what is before it."""
        self.batches.append(names(event))
        for record, name in zip(event["Records"], names(event), strict=True):
            if name in self.poison:
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
            self.seen.append(name)
        return {"batchItemFailures": []}

    def explode(self, event: dict[str, Any], _context: Any) -> None:
        """A handler that does a whole batch or nothing."""
        self.batches.append(names(event))
        if self.poison & set(names(event)):
            raise RuntimeError("cannot be done")
        self.seen += names(event)

    def dead_letters(self) -> list[dict[str, Any]]:
        file = self.folder / "dead-letters.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def names(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


@pytest.fixture
def table(ministack: Engine, tmp_path: Path) -> Iterator[Table]:
    made = Table(ministack.endpoint, tmp_path)
    with closing(made.dynamodb):
        yield made
    for pump in made.pumps:
        pump.stop()


def test_the_event_is_the_one_lambda_sends(table: Table) -> None:
    events: list[dict[str, Any]] = []
    pump = table.pump(lambda event, _context: events.append(event))
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


def test_nothing_is_nothing(table: Table) -> None:
    assert table.pump().drain() == 0
    assert table.batches == []


def test_every_record_once_in_order_in_batches_of_a_hundred(table: Table) -> None:
    written = [f"{number:03}" for number in range(230)]
    table.put(*written)
    pump = table.pump()
    assert pump.drain() == 230
    assert pump.drain() == 0
    assert table.seen == written
    assert [len(batch) for batch in table.batches] == [100, 100, 30]


def test_what_the_handler_writes_is_drained_too(table: Table) -> None:
    def answer_with_a_write(event: dict[str, Any], _context: Any) -> None:
        table.seen += names(event)
        if names(event) == ["cause"]:
            table.put("effect")

    table.put("cause")
    assert table.pump(answer_with_a_write).drain() == 2
    assert table.seen == ["cause", "effect"]


def test_a_reported_record_is_tried_again_from_itself_then_parked(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    table.put("a", "b", "c", "d")
    table.poison = {"b"}
    assert table.pump().drain() == 4
    assert table.seen == ["a", "c", "d"]
    assert table.batches == [["a", "b", "c", "d"], ["b", "c", "d"], ["b", "c", "d"], ["b"], ["b"], ["b"], ["c", "d"]]
    [letter] = table.dead_letters()
    assert letter["record"]["dynamodb"]["Keys"]["pk"] == {"S": "b"}
    assert letter["why"] == "the handler reported it as failed"
    assert f"gave up on stream record {letter['record']['eventID']}" in capsys.readouterr().err


def test_a_failing_batch_is_halved_until_the_one_record_is_found(table: Table) -> None:
    written = [f"{number:03}" for number in range(100)]
    table.put(*written)
    table.poison = {"037", "099"}
    table.pump(table.explode).drain()
    assert table.seen == [name for name in written if name not in table.poison]
    assert [letter["record"]["dynamodb"]["Keys"]["pk"]["S"] for letter in table.dead_letters()] == ["037", "099"]
    assert {letter["why"] for letter in table.dead_letters()} == {"RuntimeError: cannot be done"}


def test_a_passing_failure_costs_nothing(table: Table) -> None:
    def fail_once(event: dict[str, Any], context: Any) -> dict[str, Any]:
        answer = table.report(event, context)
        table.poison.clear()
        return answer

    table.put("a", "b")
    table.poison = {"a"}
    table.pump(fail_once).drain()
    assert table.seen == ["a", "b"]
    assert table.dead_letters() == []


def test_an_unknown_identifier_fails_the_whole_batch(table: Table) -> None:
    answers = iter([{"batchItemFailures": [{"itemIdentifier": "42"}]}, {}, {}])

    def answer(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        table.batches.append(names(event))
        return next(answers)

    table.put("a", "b")
    table.pump(answer).drain()
    assert table.batches == [["a", "b"], ["a", "b"]]


def test_an_answer_of_another_shape_fails_the_batch(table: Table) -> None:
    answers = iter([["not", "an", "object"], {}])
    table.put("a")
    table.pump(lambda _event, _context: next(answers)).drain()
    assert next(answers, "used up") == "used up"
    assert table.dead_letters() == []


def test_another_pump_goes_on_after_the_last_record_done(table: Table) -> None:
    table.put("a", "b")
    table.pump().drain()
    table.put("c")
    assert table.pump().drain() == 1
    assert table.seen == ["a", "b", "c"]


def test_a_checkpoint_of_another_stream_is_not_used(table: Table) -> None:
    (table.folder / "stream.json").write_text(json.dumps({"arn": "arn:other", "done": {"shard": "1"}}))
    table.put("a")
    assert table.pump().drain() == 1


def test_skipping_passes_over_what_is_there_only(table: Table) -> None:
    table.put("a", "b")
    pump = table.pump()
    assert pump.skip() == 2
    table.put("c")
    assert pump.drain() == 1
    assert (table.seen, pump.records_read) == (["c"], 3)


def test_the_thread_delivers_within_a_moment(table: Table) -> None:
    pump = table.pump()
    pump.start()
    pump.drain()
    started = time.monotonic()
    table.put("a")
    wait_until(lambda: table.seen)
    assert table.seen == ["a"]
    assert time.monotonic() - started < 10
    pump.stop()


def test_stopping_does_not_wait_for_a_record_that_keeps_failing(table: Table) -> None:
    table.put("a")
    table.poison = {"a"}
    pump = StreamPoller(table.endpoint, table.name, table.explode, backoff_seconds=60)
    pump.start()
    assert wait_until(lambda: table.batches)
    started = time.monotonic()
    pump.stop()
    assert time.monotonic() - started < 10


def test_a_table_without_a_stream_is_said_so(table: Table) -> None:
    pump = StreamPoller(table.endpoint, "nowhere", table.report)
    table.pumps.append(pump)
    with pytest.raises(RuntimeError, match="the table nowhere has no stream, or is not there"):
        pump.drain()
