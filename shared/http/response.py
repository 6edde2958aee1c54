"""What an endpoint gives back, and how it becomes an API Gateway answer."""

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
    """An answer with more than a body. `status` None means the route's own; bytes are sent as they are."""

    body: BaseModel | Mapping[str, Any] | str | bytes | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    media_type: str = JSON


def render(answer: Response, status: int, headers: dict[str, str]) -> dict[str, Any]:
    """The Lambda proxy answer (payload format 2.0)."""
    body, encoded = _encode_body(answer.body)
    every = {**headers, **answer.headers}
    if answer.body is not None:
        every.setdefault("Content-Type", answer.media_type)
    rendered: dict[str, Any] = {
        "statusCode": answer.status or status,
        "headers": every,
        "body": body,
        "isBase64Encoded": encoded,
    }
    if answer.cookies:
        rendered["cookies"] = list(answer.cookies)
    return rendered


def _encode_body(body: BaseModel | Mapping[str, Any] | str | bytes | None) -> tuple[str, bool]:
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
