"""Refusals on the wire: application/problem+json (RFC 9457), one shape for all of them."""

from typing import Any

from pydantic import ValidationError

from shared.errors import DomainError, Invalid
from shared.http.response import PROBLEM, Response

_TYPE_PREFIX = "/docs/errors#"


def problem_response(refusal: DomainError, trace_id: str) -> Response:
    """`type`, `title`, `status`, `detail`, `code`, `trace_id`; for 422 `errors: [{loc, msg, type}]` too."""
    body: dict[str, Any] = {
        "type": f"{_TYPE_PREFIX}{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "trace_id": trace_id,
    }
    if refusal.errors is not None:
        body["errors"] = refusal.errors
    return Response(body, refusal.status, headers=refusal.headers, media_type=PROBLEM)


def validation_error(refused: ValidationError, where: str) -> Invalid:
    """pydantic's faults as ours: `loc` starts with body, query or path; the refused value is not repeated."""
    errors = [
        {"loc": [where, *fault["loc"]], "msg": fault["msg"], "type": fault["type"]}
        for fault in refused.errors(include_url=False, include_context=False, include_input=False)
    ]
    first = errors[0]
    named = ".".join(str(part) for part in first["loc"][1:]) or where
    return Invalid(f"{named}: {first['msg']}", errors=errors)
