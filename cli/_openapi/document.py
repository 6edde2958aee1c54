"""One OpenAPI 3.1 document for all functions."""

import re
from typing import Any, Final

from cli._openapi.error_classes import ErrorClass
from cli._openapi.error_responses import error_catalogue, error_responses, route_errors
from cli._openapi.schemas import SchemaRegistry
from shared.errors import PreconditionFailed
from shared.http.response import JSON
from shared.http.route import Access, Route

_DESCRIPTION: Final = """\
JSON in snake_case, times in UTC (ISO 8601 with milliseconds), money as integers in the currency's minor unit.

Errors are RFC 9457 problem documents with a stable `code`; /docs/errors lists all codes. If several apply, the first
one in this order is returned: 405, 401, 403 or 404, 413, 415, 400, 422, 409. Lists accept `limit` and `cursor` and
return `next_cursor` and a `Link: rel="next"` header. Every response carries `X-Request-Id`. A POST that creates a
resource supports `Idempotency-Key` for one day.
"""
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_PLATFORM: Final = ("health", "openapi.json", "docs")
_STATUS_DESCRIPTIONS: Final = {200: "Success.", 201: "Created.", 202: "Accepted.", 204: "Success, without a body."}


def build_document(routes: list[Route], errors: list[ErrorClass], version: str) -> dict[str, Any]:
    """Every route, sorted by path, with its parameters, body, responses and errors. `errors` are all error classes of
    the product. Raises ValueError for schema names that are not unique."""
    ordered = sorted(routes, key=lambda route: (route.path, route.method))
    registry = SchemaRegistry(ordered)
    paths: dict[str, Any] = {}
    for route in ordered:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, registry)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lectern", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in sorted({_tag(route) for route in ordered})],
        "paths": paths,
        "components": {
            "schemas": registry.schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "x-errors": error_catalogue(errors),
    }


def _operation(route: Route, registry: SchemaRegistry) -> dict[str, Any]:
    description = (route.endpoint.__doc__ or "").strip().partition("\n")[2]
    operation: dict[str, Any] = {
        "operationId": route.endpoint.__name__,
        "tags": [_tag(route)],
        "summary": route.summary,
        "description": " ".join(description.split()),
        "security": _security(route.access),
        "x-access": _access(route.access),
        "parameters": _parameters(route, registry),
        "requestBody": _request_body(route, registry),
        "responses": {
            **_success_responses(route, registry),
            **error_responses(route_errors(route)),
        },
    }
    return {name: value for name, value in operation.items() if value or name == "security"}


def _tag(route: Route) -> str:
    """The resource in the path; `platform` for health and documentation."""
    if route.path == "/.well-known/jwks.json":
        return "auth"
    resource = route.path.removeprefix("/api/").partition("/")[0]
    return resource if route.path.startswith("/api/") and resource not in _PLATFORM else "platform"


def _security(access: Access) -> list[dict[str, list[str]]]:
    signed_in: list[dict[str, list[str]]] = [{"bearer": []}]
    if access is Access.OPTIONAL:
        return [*signed_in, {}]
    return signed_in if access.needs_token else []


def _access(access: Access) -> list[str]:
    """The roles that may call the route; "anyone" means that no token is needed."""
    if isinstance(access.value, frozenset) and access.value:
        return sorted(role.value for role in access.value)
    return ["anyone"]


def _parameters(route: Route, registry: SchemaRegistry) -> list[dict[str, Any]]:
    text = {"type": "string"}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in _PARAMETER.findall(route.path)
    ]
    if route.query:
        parameters += registry.query_parameters(route.query)
    if route.creates:
        key = {"type": "string", "maxLength": 255, "pattern": "^[!-~]+$"}
        description = "A request with the same key and body gets the same response for one day."
        parameters.append({"name": "Idempotency-Key", "in": "header", "description": description, "schema": key})
    if PreconditionFailed in route.errors:
        description = "The ETag of the version that was read. The response is 412 if it is not current."
        parameters.append({"name": "If-Match", "in": "header", "description": description, "schema": text})
    return parameters


def _request_body(route: Route, registry: SchemaRegistry) -> dict[str, Any] | None:
    if route.media_type == "multipart/form-data":
        file = {"type": "string", "format": "binary"}
        schema: Any = {"type": "object", "properties": {"file": file}, "required": ["file"]}
    elif route.body:
        schema = registry.schema(route.body, "validation")
    else:
        return None
    return {"required": not route.body_optional, "content": {route.media_type: {"schema": schema}}}


def _success_responses(route: Route, registry: SchemaRegistry) -> dict[str, Any]:
    responses = {str(route.status): _success_response(route, registry)}
    if route.response_200 is not None:
        content = {JSON: {"schema": registry.schema(route.response_200, "serialization")}}
        responses = {"200": {"description": _STATUS_DESCRIPTIONS[200], "content": content}, **responses}
    return responses


def _success_response(route: Route, registry: SchemaRegistry) -> dict[str, Any]:
    response: dict[str, Any] = {"description": _STATUS_DESCRIPTIONS.get(route.status, "Success.")}
    if route.response is None:
        return response
    response["content"] = {JSON: {"schema": registry.schema(route.response, "serialization")}}
    if route.query and "cursor" in route.query.model_fields:
        description = 'The URL of the next page, `rel="next"`; absent on the last page.'
        response["headers"] = {"Link": {"description": description, "schema": {"type": "string"}}}
    return response
