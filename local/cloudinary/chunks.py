"""Chunked uploads: the chunks of a large file share an upload id and have a Content-Range."""

import re

from local.asgi.messages import Request
from local.cloudinary.errors import CloudinaryApiError

RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|-1)")


class Chunks:
    def __init__(self) -> None:
        self._received: dict[str, bytearray] = {}

    def add(self, request: Request, chunk: bytes) -> bytes | None:
        """The complete file after its last chunk; None before. Raises CloudinaryApiError for a chunk out of order."""
        upload_id, content_range = (request.headers.get(name) for name in ("x-unique-upload-id", "content-range"))
        if upload_id is None or content_range is None:
            return chunk
        match = RANGE.fullmatch(content_range)
        if match is None:
            raise CloudinaryApiError(f"Invalid Content-Range {content_range}")
        start, end, total = (int(number) for number in match.groups())
        received = self._received.setdefault(upload_id, bytearray())
        if start != len(received) or end - start + 1 != len(chunk):
            raise CloudinaryApiError(f"Expected a chunk from byte {len(received)}")
        received += chunk
        if total == -1 or len(received) < total:
            return None
        return bytes(self._received.pop(upload_id))
