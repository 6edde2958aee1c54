"""One document for all functions (OpenAPI 3.1)."""

import re
from collections import Counter
from typing import Any, Final

from cli._openapi.error_responses import ErrorClass, error_catalogue, error_responses, route_errors
from cli._openapi.schemas import SchemaRegistry
from shared.errors import PreconditionFailed
from shared.http.response import JSON
from shared.http.route import Access, Route

_DESCRIPTION: Final = """\
JSON in snake_case, times in UTC (ISO 8601 with milliseconds), money as whole numbers of the currency's minor unit.

Refusals are RFC 9457 problem documents with a stable `code`; their order is 401, 403 or 404, 405, 415, 413, 400, 422,
409. Lists take `limit` and `cursor` and answer `next_cursor` and a `Link: rel="next"` header. Every answer carries
`X-Request-Id`. A POST that creates something honours `Idempotency-Key` for a day.
"""
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_STATUS_DESCRIPTIONS: Final = {200: "Done.", 201: "Created.", 202: "Accepted.", 204: "Done; no content."}


def build_document(routes: list[Route], version: str) -> dict[str, Any]:
    """Every route, in the order of paths, with its parameters, body, answers and refusals."""
    ordered = sorted(routes, key=lambda route: (route.path, route.method))
    shapes = SchemaRegistry(ordered)
    names = Counter(route.endpoint.__name__ for route in ordered)
    refused: set[ErrorClass] = set()
    paths: dict[str, Any] = {}
    for route in ordered:
        refusals = route_errors(route)
        refused.update(refusals)
        name = route.endpoint.__name__
        operation_id = name if names[name] == 1 else f"{name}_{route.method.lower()}_{_tag(route)}"
        operation = _operation(route, operation_id, shapes, error_responses(refusals))
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lectern", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in sorted({_tag(route) for route in ordered})],
        "paths": paths,
        "components": {
            "schemas": shapes.schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "x-errors": error_catalogue(refused),
    }


def _operation(route: Route, operation_id: str, shapes: SchemaRegistry, refusals: dict[str, Any]) -> dict[str, Any]:
    description = (route.endpoint.__doc__ or "").strip().partition("\n")[2]
    operation: dict[str, Any] = {
        "operationId": operation_id,
        "tags": [_tag(route)],
        "summary": route.summary,
        "description": " ".join(description.split()),
        "security": _security(route.access),
        "x-access": _access(route.access),
        "parameters": _parameters(route, shapes),
        "requestBody": _request_body(route, shapes),
        "responses": {str(route.status): _success_response(route, shapes), **refusals},
    }
    return {name: value for name, value in operation.items() if value or name == "security"}


def _tag(route: Route) -> str:
    parts = route.path.strip("/").split("/")
    return parts[1] if parts[0] == "api" and len(parts) > 1 else "auth"


def _security(access: Access) -> list[dict[str, list[str]]]:
    signed_in: list[dict[str, list[str]]] = [{"bearer": []}]
    if access is Access.OPTIONAL:
        return [*signed_in, {}]
    return signed_in if access.needs_token else []


def _access(access: Access) -> list[str]:
    """Roles that may call it; "anyone" needs no token."""
    if isinstance(access.value, frozenset) and access.value:
        return sorted(role.value for role in access.value)
    return ["anyone"]


def _parameters(route: Route, shapes: SchemaRegistry) -> list[dict[str, Any]]:
    text = {"type": "string"}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in _PARAMETER.findall(route.path)
    ]
    if route.query:
        found += shapes.query_parameters(route.query)
    if route.creates:
        key = {"type": "string", "maxLength": 255, "pattern": "^[!-~]+$"}
        told = "The same key and body give the same answer for a day."
        found.append({"name": "Idempotency-Key", "in": "header", "description": told, "schema": key})
    if PreconditionFailed in route.errors:
        told = "The ETag that was read: refused with 412 when it is not current."
        found.append({"name": "If-Match", "in": "header", "description": told, "schema": text})
    return found


def _request_body(route: Route, shapes: SchemaRegistry) -> dict[str, Any] | None:
    if route.media_type == "multipart/form-data":
        file = {"type": "string", "format": "binary"}
        schema: Any = {"type": "object", "properties": {"file": file}, "required": ["file"]}
    elif route.body:
        schema = shapes.schema(route.body, "validation")
    else:
        return None
    return {"required": not route.body_optional, "content": {route.media_type: {"schema": schema}}}


def _success_response(route: Route, shapes: SchemaRegistry) -> dict[str, Any]:
    told = {"description": _STATUS_DESCRIPTIONS.get(route.status, "Done.")}
    if route.response is None:
        return told
    answer: dict[str, Any] = {**told, "content": {JSON: {"schema": shapes.schema(route.response, "serialization")}}}
    if route.query and "cursor" in route.query.model_fields:
        told_link = 'The next page, `rel="next"`; absent on the last.'
        answer["headers"] = {"Link": {"description": told_link, "schema": {"type": "string"}}}
    return answer
