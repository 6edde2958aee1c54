"""What the product logs, as CloudWatch would get it."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from shared.observability import logger


@contextmanager
def logged(level: str = "DEBUG") -> Iterator[StringIO]:
    """Inside the block everything of at least `level` is written to the stream that is given, and nowhere else."""
    log = logger()
    handler, before = log.registered_handler, log.log_level
    stream = StringIO()
    usual = handler.setStream(stream)  # type: ignore[attr-defined]
    log.setLevel(level)
    try:
        yield stream
    finally:
        handler.setStream(usual)  # type: ignore[attr-defined]
        log.setLevel(before)
