"""The errors of a route: those that it declares, and those that its access, method and schemas imply."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from cli._openapi.error_classes import ErrorClass
from shared.errors import (
    BadRequest,
    BodyTooLarge,
    CursorInvalid,
    Forbidden,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InternalError,
    Invalid,
    JsonInvalid,
    StoreUnavailable,
    Unauthenticated,
    UnsupportedMediaType,
)
from shared.http.response import JSON, PROBLEM
from shared.http.route import Access, Route

_ANY_ROUTE: Final[tuple[ErrorClass, ...]] = (InternalError, StoreUnavailable)


def route_errors(route: Route) -> list[ErrorClass]:
    """The errors of the route by status and code, without those that any route can return (500, 503)."""
    errors = {*route.errors, *_access_errors(route.access), *_request_errors(route)}
    if route.creates:
        errors |= {IdempotencyInProgress, IdempotencyKeyReused}
    return sorted(errors, key=lambda error: (error.status, error.code))


def _access_errors(access: Access) -> set[ErrorClass]:
    if access is Access.ANYONE:
        return set()
    if access in (Access.OPTIONAL, Access.SIGNED_IN):
        return {Unauthenticated}
    return {Unauthenticated, Forbidden}


def _request_errors(route: Route) -> set[ErrorClass]:
    errors: set[ErrorClass] = set()
    if route.method in ("POST", "PUT", "PATCH"):
        errors |= {BodyTooLarge, BadRequest}
    if route.body or route.media_type != JSON:
        errors.add(UnsupportedMediaType)
    if route.body:
        errors |= {JsonInvalid, Invalid}
    if route.query:
        errors.add(Invalid)
    if route.query and "cursor" in route.query.model_fields:
        errors.add(CursorInvalid)
    return errors


def error_responses(errors: list[ErrorClass]) -> dict[str, Any]:
    """One response per status with its possible codes as an enum, and the default response."""
    by_status: defaultdict[int, list[ErrorClass]] = defaultdict(list)
    for error in errors:
        by_status[error.status].append(error)
    responses = {str(status): _error_response(group) for status, group in sorted(by_status.items())}
    return {**responses, "default": _error_response(_ANY_ROUTE)}


def error_catalogue(errors: Iterable[ErrorClass]) -> dict[str, Any]:
    """Status and title by code."""
    by_code = sorted(errors, key=lambda error: error.code)
    return {error.code: {"status": error.status, "title": error.title} for error in by_code}


def _error_response(errors: Sequence[ErrorClass]) -> dict[str, Any]:
    codes = sorted(error.code for error in errors)
    titles = [f"`{error.code}`: {error.title}." for error in errors]
    narrowed = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"type": "object", "properties": {"code": {"enum": codes}}},
        ]
    }
    response: dict[str, Any] = {"description": "\n".join(titles), "content": {PROBLEM: {"schema": narrowed}}}
    if any(error.status in (429, 503) for error in errors):
        response["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return response
