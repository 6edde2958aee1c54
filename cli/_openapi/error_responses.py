"""How a route can refuse: what it lists itself, and what follows from how it is called."""

from collections import defaultdict
from typing import Any

from shared.domain.lifecycle import Role
from shared.errors import (
    BadRequest,
    BodyTooLarge,
    CursorInvalid,
    DomainError,
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
from shared.http.response import PROBLEM
from shared.http.route import Access, Route

ErrorClass = type[DomainError]


def route_errors(route: Route) -> list[ErrorClass]:
    """Every refusal but those any route may give (500, 503), ordered by status and code."""
    implied: set[ErrorClass] = set()
    if route.access is not Access.ANYONE:
        implied.add(Unauthenticated)
    if isinstance(route.access.value, frozenset) and route.access.needs_token and route.access.value != frozenset(Role):
        implied.add(Forbidden)
    if route.method in ("POST", "PUT", "PATCH"):
        implied |= {BodyTooLarge, BadRequest}
    if route.body or route.media_type != "application/json":
        implied |= {UnsupportedMediaType}
    if route.body:
        implied |= {JsonInvalid, Invalid}
    if route.query:
        implied.add(Invalid)
        implied |= {CursorInvalid} if "cursor" in route.query.model_fields else set()
    if route.creates:
        implied |= {IdempotencyInProgress, IdempotencyKeyReused}
    return sorted({*route.errors, *implied}, key=lambda refusal: (refusal.status, refusal.code, refusal.title))


def error_responses(refusals: list[ErrorClass]) -> dict[str, Any]:
    """One response per status; the codes it may carry are an enum."""
    by_status: defaultdict[int, list[ErrorClass]] = defaultdict(list)
    for refusal in refusals:
        by_status[refusal.status].append(refusal)
    told = {str(status): _error_response(each) for status, each in sorted(by_status.items())}
    return {**told, "default": _error_response([InternalError, StoreUnavailable])}


def error_catalogue(every: set[ErrorClass]) -> dict[str, Any]:
    """code > status and titles, of everything that can be refused: domains may word the same fact differently."""
    always: set[ErrorClass] = {InternalError, StoreUnavailable}
    told: dict[str, Any] = {}
    for refusal in sorted(every | always, key=lambda refusal: (refusal.code, refusal.status, refusal.title)):
        entry = told.setdefault(refusal.code, {"status": refusal.status, "titles": []})
        if refusal.title not in entry["titles"]:
            entry["titles"].append(refusal.title)
    return told


def _error_response(refusals: list[ErrorClass]) -> dict[str, Any]:
    codes = sorted({refusal.code for refusal in refusals})
    titles = dict.fromkeys(f"`{refusal.code}`: {refusal.title}." for refusal in refusals)
    narrowed = {
        "allOf": [
            {"$ref": "#/components/schemas/ProblemOut"},
            {"type": "object", "properties": {"code": {"enum": codes}}},
        ]
    }
    response: dict[str, Any] = {"description": "\n".join(titles), "content": {PROBLEM: {"schema": narrowed}}}
    if any(refusal.status in (429, 503) for refusal in refusals):
        response["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return response
