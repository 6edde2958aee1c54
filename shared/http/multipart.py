"""Extraction of one uploaded file from a multipart/form-data body that is already in memory."""

from typing import Final

from multipart import MultipartSegment, PushMultipartParser, parse_options_header

from shared.errors import BadRequest, BodyTooLarge

FILE_LIMIT: Final = 5 * 1024 * 1024
REQUEST_LIMIT: Final = FILE_LIMIT + 16 * 1024
"""The `body_limit` in bytes of a route that accepts one file: the file and the overhead of the form."""
_MAX_PARTS: Final = 10


class MultipartInvalid(BadRequest):
    code = "multipart_invalid"
    title = "The body is not a form that contains exactly one file"


def extract_file(content_type: str | None, body: bytes, field: str = "file") -> bytes:
    """The content of the only file in `field`; other fields are ignored.

    Raises MultipartInvalid for a form that cannot be parsed, or that holds no such file, an empty one, or several;
    BodyTooLarge for a file above 5 MiB."""
    boundary = parse_options_header(content_type or "")[1].get("boundary")
    if not boundary:
        raise MultipartInvalid("the content type has no boundary")
    try:
        files = [data for name, data in _parts(boundary, body) if name == field]
    except ValueError as error:
        raise MultipartInvalid("the form cannot be parsed") from error
    if len(files) != 1 or not files[0]:
        raise MultipartInvalid(f"send exactly one non-empty file in the field {field!r}")
    if len(files[0]) > FILE_LIMIT:
        raise BodyTooLarge(f"at most {FILE_LIMIT} bytes")
    return files[0]


def _parts(boundary: str, body: bytes) -> list[tuple[str, bytes]]:
    """The name and content of every part that has a file name."""
    files: list[tuple[str, bytes]] = []
    chunks: list[bytes] = []
    segment: MultipartSegment | None = None
    with PushMultipartParser(boundary, max_segment_count=_MAX_PARTS) as parser:
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                segment, chunks = event, []
            elif event is not None:
                chunks.append(bytes(event))
            elif segment is not None and segment.filename is not None:
                files.append((segment.name, b"".join(chunks)))
    return files
