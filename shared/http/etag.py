"""Responses that a browser or a shared cache may store: ETag and Cache-Control."""

import hashlib
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from shared.http.request import Request
from shared.http.response import Response


def with_etag(request: Request[Any, Any], response: Response, cache_control: str) -> Response:
    """`response` with a Cache-Control header and the ETag of its body; 304 without a body if `If-None-Match` contains
    this ETag. Raises TypeError for a body that is not a model, text or bytes."""
    body = response.body.model_dump_json() if isinstance(response.body, BaseModel) else response.body
    if not isinstance(body, str | bytes):
        raise TypeError("the body must be a model, text or bytes")
    data = body.encode() if isinstance(body, str) else body
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {**response.headers, "ETag": tag, "Cache-Control": cache_control}
    known_tags = {part.strip().removeprefix("W/") for part in (request.header("if-none-match") or "").split(",")}
    if tag in known_tags or "*" in known_tags:
        return Response(status=304, headers=headers)
    return replace(response, body=body, headers=headers)
