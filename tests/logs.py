"""What the product logs, as CloudWatch would get it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO, TextIOBase
from typing import Any

from shared.observability import logger


class CurrentStdout(TextIOBase):
    """Standard output as it is when a line is written: pytest changes it from test to test."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@contextmanager
def captured_logs(level: str = "DEBUG") -> Iterator[StringIO]:
    """Inside the block everything of at least `level` is written to the stream that is given, and nowhere else."""
    log = logger()
    handler: Any = log.registered_handler
    before = log.log_level
    handler.stream = stream = StringIO()
    log.setLevel(level)
    try:
        yield stream
    finally:
        handler.stream = CurrentStdout()
        log.setLevel(before)
