"""The response of an endpoint, and its rendering for API Gateway."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Response:
    """A response with status, headers and cookies. `status` None means the status of the route. Text and bytes are sent
    unchanged."""

    body: BaseModel | Mapping[str, Any] | str | bytes | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    media_type: str = JSON


def render(response: Response, status: int, headers: dict[str, str]) -> dict[str, Any]:
    """The Lambda proxy response (payload format 2.0). The response's own headers override `headers`."""
    body, is_base64 = _encode_body(response.body)
    all_headers = {**headers, **response.headers}
    if response.body is not None:
        all_headers.setdefault("Content-Type", response.media_type)
    rendered: dict[str, Any] = {
        "statusCode": response.status or status,
        "headers": all_headers,
        "body": body,
        "isBase64Encoded": is_base64,
    }
    if response.cookies:
        rendered["cookies"] = list(response.cookies)
    return rendered


def _encode_body(body: BaseModel | Mapping[str, Any] | str | bytes | None) -> tuple[str, bool]:
    """The body as text, and whether that text is base64."""
    match body:
        case None:
            return "", False
        case BaseModel():
            return body.model_dump_json(), False
        case str():
            return body, False
        case bytes():
            return base64.b64encode(body).decode(), True
        case _:
            return json.dumps(body, ensure_ascii=False, separators=(",", ":")), False
