"""Parse upload forms."""

import base64
import io
from dataclasses import dataclass
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header  # type: ignore[import-untyped, unused-ignore]

from local.asgi.messages import Request
from local.cloudinary.errors import CloudinaryApiError


@dataclass(frozen=True)
class Form:
    """`params` joins repeated `name[]` fields by commas, as they are signed; `file` is None without a file."""

    params: dict[str, str]
    file: bytes | None
    filename: str


def read_form(request: Request) -> Form:
    """The form of a multipart or URL-encoded body. Raises CloudinaryApiError."""
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    if content_type == "multipart/form-data":
        return _read_multipart(request.body, options.get("boundary", ""))
    params = _join_repeated(parse_qsl(request.body.decode(), keep_blank_values=True))
    return Form(params, _pop_inline_file(params), "")


def _read_multipart(body: bytes, boundary: str) -> Form:
    pairs: list[tuple[str, str]] = []
    file, filename = None, ""
    try:
        for part in MultipartParser(io.BytesIO(body), boundary):
            if part.name == "file" and part.filename:
                file, filename = part.raw, part.filename
            else:
                pairs.append((part.name, part.value))
            part.close()
    except (MultipartError, UnicodeDecodeError) as error:
        raise CloudinaryApiError(f"Unreadable form: {error}") from error
    params = _join_repeated(pairs)
    if file is None:
        file = _pop_inline_file(params)
    return Form(params, file, filename)


def _join_repeated(pairs: list[tuple[str, str]]) -> dict[str, str]:
    params: dict[str, str] = {}
    for field, value in pairs:
        name = field.removesuffix("[]")
        params[name] = f"{params[name]},{value}" if name in params else value
    return params


def _pop_inline_file(params: dict[str, str]) -> bytes | None:
    """The bytes of a data URI in the parameter `file`, which is removed; None without one."""
    if "file" not in params:
        return None
    text = params.pop("file")
    if not text.startswith("data:") or ";base64," not in text:
        raise CloudinaryApiError("Only files and data URIs can be uploaded, not remote URLs")
    return base64.b64decode(text.partition(";base64,")[2])
