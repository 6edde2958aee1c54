"""One HTTP request, as read from the wire."""

import re
from dataclasses import dataclass

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True)
class Request:
    """`path` and `query` as sent (percent-encoded, no "?"); header names in lower case, repeated ones in order."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str
    port: int

    def header(self, name: str) -> str | None:
        """All values of the header joined by "," as API Gateway joins them; None without any."""
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else None

    @property
    def decoded_path(self) -> str:
        """The path as an HTTP API sees it, for routing and `rawPath` alike.

        Every escape is decoded but "%25", which stays as it is, and a "?" that appears by decoding cuts the path.
        """
        return _ESCAPES.sub(_decode_run, self.path).partition("?")[0]


def _decode_run(run: re.Match[str]) -> str:
    parts = run.group(0).replace("%25", "\0").split("\0")
    return "%25".join(bytes.fromhex(part.replace("%", "")).decode("utf-8", "replace") for part in parts)
