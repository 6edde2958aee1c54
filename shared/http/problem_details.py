"""Error responses: application/problem+json (RFC 9457), one schema for all errors."""

from typing import Any

from pydantic import ValidationError

from shared.errors import DomainError, Invalid
from shared.http.response import PROBLEM, Response

_TYPE_PREFIX = "/docs/errors#"
"""GET /docs/errors (functions/dashboards/api_docs.py) has an anchor per code."""


def problem_response(error: DomainError, trace_id: str) -> Response:
    """`type`, `title`, `status`, `detail`, `code` and `trace_id`; for 422 also `errors: [{loc, msg, type}]`."""
    body: dict[str, Any] = {
        "type": f"{_TYPE_PREFIX}{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "trace_id": trace_id,
    }
    if error.errors is not None:
        body["errors"] = error.errors
    return Response(body, error.status, headers=error.headers, media_type=PROBLEM)


def validation_error(error: ValidationError, where: str) -> Invalid:
    """A pydantic error as Invalid. `loc` starts with `where` (body or query); the invalid value is not included."""
    errors = [
        {"loc": [where, *fault["loc"]], "msg": fault["msg"], "type": fault["type"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    first = errors[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or where
    return Invalid(f"{field}: {first['msg']}", errors=errors)
