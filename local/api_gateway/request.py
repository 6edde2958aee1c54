"""An HTTP request as received."""

import re
from dataclasses import dataclass

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True)
class Request:
    """`path` and `query` as sent (percent-encoded, without "?"); header names in lower case, repeated headers in
    order."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str
    port: int

    def header(self, name: str) -> str | None:
        """All values of the header joined by ",", as API Gateway joins them; None when it is absent."""
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else None

    @property
    def decoded_path(self) -> str:
        """The path that an HTTP API uses for routing and for `rawPath`.

        Every escape except "%25" is decoded; a decoded "?" ends the path.
        """
        return _ESCAPES.sub(_decode_run, self.path).partition("?")[0]


def _decode_run(run: re.Match[str]) -> str:
    parts = run.group(0).replace("%25", "\0").split("\0")
    return "%25".join(bytes.fromhex(part.replace("%", "")).decode("utf-8", "replace") for part in parts)
