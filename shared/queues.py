"""How full a queue is: the only module that knows SQS."""

from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.config import settings
from shared.observability import logger

_TIMEOUT_SECONDS: Final = 1
_COUNT_ATTRIBUTES: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


def message_count(url: str) -> int | None:
    """How many messages are in the queue, those that somebody looks at right now too; SQS tells it to within a minute.

    None when the queue does not answer within 1 s of connecting and 1 s of reading: a figure is no reason to fail."""
    where = urlsplit(url)
    try:
        told = _client(f"{where.scheme}://{where.netloc}").get_queue_attributes(
            QueueUrl=url, AttributeNames=_COUNT_ATTRIBUTES
        )
        return sum(int(told["Attributes"][name]) for name in _COUNT_ATTRIBUTES)
    except (BotoCoreError, ClientError) as silent:
        logger().warning("a queue did not answer", extra={"queue": url, "failure": type(silent).__name__})
        return None


@cache
def _client(endpoint: str) -> Any:
    session: Any = botocore.session.Session()
    return session.create_client(
        "sqs",
        region_name=settings().region,
        endpoint_url=endpoint,
        config=Config(
            connect_timeout=_TIMEOUT_SECONDS, read_timeout=_TIMEOUT_SECONDS, retries={"total_max_attempts": 1}
        ),
    )
