"""Calls an `App` with events and parses its responses. Needs no table, because the routes called are public."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from shared.http.app import App


@dataclass(frozen=True)
class AppResponse:
    status: int
    headers: dict[str, str]
    body: str
    cookies: list[str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


def call(
    app: App,
    method: str = "GET",
    path: str = "/things",
    body: str | bytes | None = None,
    *,
    query: str = "",
    headers: dict[str, str] | None = None,
    **parts: Any,
) -> AppResponse:
    """Sends one request. A body of bytes is sent as base64; the content type is JSON unless `headers` set it."""
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {"requestId": "req-1", "http": {"method": method, "sourceIp": "192.0.2.1"}},
        "isBase64Encoded": isinstance(body, bytes),
        **parts,
    }
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    result = app(event, None)
    return AppResponse(result["statusCode"], result["headers"], result["body"], result.get("cookies", []))
