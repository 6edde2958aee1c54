"""HTTP requests and responses as values, so that HTTP and in-process callers use the same code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Request:
    """`headers` have lower-case names; `client` is the caller's address."""

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = "127.0.0.1"

    def query(self) -> dict[str, str]:
        """The last value of each parameter."""
        return {name: values[-1] for name, values in parse_qs(self.query_string, keep_blank_values=True).items()}


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes
    headers: Mapping[str, str]


def json_response(status: int, document: Any) -> Response:
    return Response(status, json.dumps(document).encode(), {"Content-Type": "application/json; charset=utf-8"})


def text_response(status: int, text: str, content_type: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, text.encode(), {"Content-Type": f"{content_type}; charset=utf-8", **named})
