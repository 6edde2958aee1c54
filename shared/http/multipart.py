"""One uploaded file, taken out of a multipart/form-data body that is already in memory."""

from typing import Final

from multipart import MultipartSegment, PushMultipartParser, parse_options_header

from shared.errors import BadRequest, BodyTooLarge

FILE_LIMIT: Final = 5 * 1024 * 1024
REQUEST_LIMIT: Final = FILE_LIMIT + 16 * 1024
"""The `body_limit` of a route that takes one file: the file, and room for what is around it."""
_MAX_PARTS: Final = 10


class MultipartInvalid(BadRequest):
    code = "multipart_invalid"
    title = "The body is not a form with the one file that was asked for"


def extract_file(content_type: str | None, body: bytes, field: str = "file") -> bytes:
    """The bytes of the only file in `field`; other fields are passed by. Raises MultipartInvalid for a form that
    cannot be read or holds no such file, or an empty one, or two; BodyTooLarge for a file over 5 MB."""
    boundary = parse_options_header(content_type or "")[1].get("boundary")
    if not boundary:
        raise MultipartInvalid("the content type names no boundary")
    try:
        files = [data for name, data in _parts(boundary, body) if name == field]
    except ValueError as wrong:
        raise MultipartInvalid("the form cannot be read to its end") from wrong
    if len(files) != 1 or not files[0]:
        raise MultipartInvalid(f"send exactly one file, not empty, in the field {field!r}")
    if len(files[0]) > FILE_LIMIT:
        raise BodyTooLarge(f"at most {FILE_LIMIT} bytes")
    return files[0]


def _parts(boundary: str, body: bytes) -> list[tuple[str, bytes]]:
    """Name and content of every part that has a file name."""
    found: list[tuple[str, bytes]] = []
    chunks: list[bytes] = []
    segment: MultipartSegment | None = None
    with PushMultipartParser(boundary, max_segment_count=_MAX_PARTS) as parser:
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                segment, chunks = event, []
            elif event is not None:
                chunks.append(bytes(event))
            elif segment is not None and segment.filename is not None:
                found.append((segment.name, b"".join(chunks)))
    return found
