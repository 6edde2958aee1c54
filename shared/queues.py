"""SQS: the number of messages in a queue. The only module that imports the SQS client."""

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
    """The approximate number of messages in the queue, including those in flight. It may be up to a minute old.

    None when the queue does not respond, because a missing count must not fail the request. Connecting and reading may
    take 1 s each, and the call is not retried."""
    parts = urlsplit(url)
    try:
        response = _client(f"{parts.scheme}://{parts.netloc}").get_queue_attributes(
            QueueUrl=url, AttributeNames=_COUNT_ATTRIBUTES
        )
        return sum(int(response["Attributes"][name]) for name in _COUNT_ATTRIBUTES)
    except (BotoCoreError, ClientError) as error:
        logger().warning("the queue did not respond", extra={"queue": url, "failure": type(error).__name__})
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
