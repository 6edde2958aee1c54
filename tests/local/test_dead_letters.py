"""Dead letters of the stream poller: stored in a file and sent to a queue, as Lambda's event source mapping does."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from local.dead_letters import DeadLetters
from local.dynamodb.engine import Engine, aws_client

RECORD = {
    "eventID": "e1",
    "eventSourceARN": "arn:aws:dynamodb:ap-south-1:000000000000:table/t/stream/1",
    "dynamodb": {"SequenceNumber": "42", "ApproximateCreationDateTime": 1_763_899_200, "Keys": {}},
}


def queue_messages(url: str, endpoint: str) -> list[dict[str, Any]]:
    with closing(aws_client("sqs", endpoint)) as sqs:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def test_dead_letter_is_sent_to_queue_and_stored_in_file(ministack: Engine, tmp_path: Path) -> None:
    url = f"{ministack.endpoint}/000000000000/sent"
    letters = DeadLetters(tmp_path / "letters.jsonl", url)
    letters.open_queue()
    letters.add("shard-1", RECORD, "why")
    [message] = queue_messages(url, ministack.endpoint)
    assert message["DDBStreamBatchInfo"] == {
        "shardId": "shard-1",
        "startSequenceNumber": "42",
        "endSequenceNumber": "42",
        "approximateArrivalOfFirstRecord": "2025-11-23T12:00:00Z",
        "approximateArrivalOfLastRecord": "2025-11-23T12:00:00Z",
        "batchSize": 1,
        "streamArn": RECORD["eventSourceARN"],
    }
    [line] = (tmp_path / "letters.jsonl").read_text().splitlines()
    stored = json.loads(line)
    assert (stored["shard"], stored["record"], stored["why"]) == ("shard-1", RECORD, "why")


def test_dead_letter_queue_is_refilled_from_file_on_open(ministack: Engine, tmp_path: Path) -> None:
    DeadLetters(tmp_path / "letters.jsonl").add("shard-1", RECORD, "why")
    url = f"{ministack.endpoint}/000000000000/filled"
    DeadLetters(tmp_path / "letters.jsonl", url).open_queue()
    [message] = queue_messages(url, ministack.endpoint)
    assert message["DDBStreamBatchInfo"]["startSequenceNumber"] == "42"


def test_dead_letter_file_without_shard_is_queued_as_unknown(ministack: Engine, tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    file.write_text(json.dumps({"parked_at": 1_763_899_200, "why": "why", "record": RECORD}) + "\n")
    url = f"{ministack.endpoint}/000000000000/before"
    DeadLetters(file, url).open_queue()
    [message] = queue_messages(url, ministack.endpoint)
    assert message["DDBStreamBatchInfo"]["shardId"] == "unknown"


def test_dead_letter_with_missing_queue_is_stored_in_file(
    ministack: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letters = DeadLetters(tmp_path / "letters.jsonl", f"{ministack.endpoint}/000000000000/nowhere")
    letters.add("shard-1", RECORD, "why")
    assert len((tmp_path / "letters.jsonl").read_text().splitlines()) == 1
    assert "the record could not be sent to the dead-letter queue" in capsys.readouterr().err
