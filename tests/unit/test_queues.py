"""The number of messages in a queue, from SQS."""

import pytest

from shared.queues import message_count
from tests.fixtures.fake_aws import aws_client, fake_aws  # noqa: F401 (a fixture)


@pytest.fixture
def queue_url(fake_aws: None) -> str:  # noqa: F811 (the fixture)
    url: str = aws_client("sqs").create_queue(QueueName="failures")["QueueUrl"]
    return url


def test_message_count_of_an_empty_queue_is_zero(queue_url: str) -> None:
    assert message_count(queue_url) == 0


def test_message_count_includes_messages_in_flight(queue_url: str) -> None:
    sqs = aws_client("sqs")
    for _ in range(3):
        sqs.send_message(QueueUrl=queue_url, MessageBody="{}")
    assert len(sqs.receive_message(QueueUrl=queue_url)["Messages"]) == 1
    assert message_count(queue_url) == 3


def test_message_count_of_a_missing_queue_is_none(queue_url: str) -> None:
    assert message_count(f"{queue_url}-missing") is None
