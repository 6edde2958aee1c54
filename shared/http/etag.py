"""Answers that a browser or a cache in between may keep."""

import hashlib
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from shared.http.request import Request
from shared.http.response import Response


def with_etag(request: Request[Any, Any], answer: Response, rule: str) -> Response:
    """`answer` with `Cache-Control: rule` and an ETag of its body; 304 without body when the caller has that one."""
    body = answer.body.model_dump_json() if isinstance(answer.body, BaseModel) else answer.body
    if not isinstance(body, str | bytes):
        raise TypeError("only models, text and bytes have an ETag")
    data = body.encode() if isinstance(body, str) else body
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {**answer.headers, "ETag": tag, "Cache-Control": rule}
    held = {each.strip().removeprefix("W/") for each in (request.header("if-none-match") or "").split(",")}
    if tag in held or "*" in held:
        return Response(status=304, headers=headers)
    return replace(answer, body=body, headers=headers)
