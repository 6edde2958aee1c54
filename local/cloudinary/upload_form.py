"""Reading the forms that uploads come in."""

import base64
import io
from dataclasses import dataclass
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header  # type: ignore[import-untyped, unused-ignore]

from local.asgi.messages import Request
from local.cloudinary.errors import CloudinaryApiError


@dataclass(frozen=True)
class Form:
    """`params` joins repeated `name[]` fields by commas, as they are signed; `file` is None when none came."""

    params: dict[str, str]
    file: bytes | None
    filename: str


def read_form(request: Request) -> Form:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    pairs: list[tuple[str, str]] = []
    file, filename = None, ""
    if kind == "multipart/form-data":
        try:
            parser = MultipartParser(io.BytesIO(request.body), options.get("boundary", ""))
            for part in parser:
                if part.name == "file" and part.filename:
                    file, filename = part.raw, part.filename
                else:
                    pairs.append((part.name, part.value))
                part.close()
        except (MultipartError, UnicodeDecodeError) as error:
            raise CloudinaryApiError(f"Unreadable form: {error}") from error
    else:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
    params: dict[str, str] = {}
    for name, value in pairs:
        name = name.removesuffix("[]")
        params[name] = f"{params[name]},{value}" if name in params else value
    if file is None and "file" in params:
        file = _inline(params.pop("file"))
    return Form(params, file, filename)


def _inline(text: str) -> bytes:
    if not text.startswith("data:") or ";base64," not in text:
        raise CloudinaryApiError("Only files and data URIs can be uploaded here, not remote addresses")
    return base64.b64decode(text.partition(";base64,")[2])
