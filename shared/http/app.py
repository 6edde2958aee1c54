"""The HTTP layer of one Lambda function: a decorator registers routes, and `app(event, context)` is the handler.

Checks run in this order, and the first error is returned: the route (404, 405), the access token (401), the role (403),
the guard (403, 404), the size of the body (413), its content type (415), JSON (400) and values (422), the query (422),
then the service. Requests share no state, because one process may serve several at once.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar, Unpack

from pydantic import BaseModel, ValidationError

from shared.errors import (
    BodyTooLarge,
    DomainError,
    InternalError,
    JsonInvalid,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
)
from shared.http import auth, cors, idempotency
from shared.http.problem_details import problem_response, validation_error
from shared.http.request import IncomingRequest, Request, parse_event
from shared.http.response import Response, render
from shared.http.route import Access, Endpoint, Route, RouteOptions, path_pattern
from shared.observability import logger

F = TypeVar("F", bound=Endpoint)

NO_STORE: Final = {"Cache-Control": "no-store"}


class App:
    """The routes of one function. `headers` are added to every response, errors included.

    `methods_elsewhere` is for the function that serves the default route: it returns the methods that other functions
    serve at a path."""

    def __init__(
        self,
        name: str,
        headers: dict[str, str] | None = None,
        methods_elsewhere: Callable[[str], Iterable[str]] = lambda _: (),
    ) -> None:
        self.name = name
        self.routes: list[Route] = []
        self._headers = headers or {}
        self._methods_elsewhere = methods_elsewhere
        self._static: dict[str, dict[str, Route]] = {}
        self._dynamic: list[tuple[Any, dict[str, Route]]] = []

    def route(self, method: str, path: str, access: Access, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Registers the decorated endpoint."""

        def register(endpoint: F) -> F:
            self.include(Route(method, path, access, endpoint, **options))
            return endpoint

        return register

    def include(self, route: Route) -> None:
        self.routes.append(route)
        if "{" not in route.path:
            self._static.setdefault(route.path, {})[route.method] = route
            return
        pattern = path_pattern(route.path)
        for known_pattern, methods in self._dynamic:
            if known_pattern == pattern:
                methods[route.method] = route
                return
        self._dynamic.append((pattern, {route.method: route}))

    def __call__(self, event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG002 (Lambda's)
        started = time.perf_counter()
        incoming = parse_event(event)
        route: Route | None = None
        headers = {"X-Request-Id": incoming.request_id, "X-Content-Type-Options": "nosniff", **self._headers}
        try:
            headers |= cors.headers(incoming)
            route, path = self._find_route(incoming)
            response = self._serve(route, path, incoming, headers) if route else self._preflight(headers)
        except DomainError as error:
            response = render(problem_response(error, incoming.request_id), error.status, headers)
        except Exception:  # noqa: BLE001 (a bug: logged with its stack trace, hidden from the client)
            logger().exception("unhandled", extra={"request_id": incoming.request_id})
            response = render(problem_response(InternalError(), incoming.request_id), 500, headers)
        self._log(incoming, route, response, started)
        return response

    def _find_route(self, incoming: IncomingRequest) -> tuple[Route | None, dict[str, str]]:
        """The route and its path parameters. None for a CORS preflight. Raises NotFound, MethodNotAllowed."""
        methods = self._static.get(incoming.path)
        path: dict[str, str] = {}
        if methods is None:
            methods, path = self._match_pattern(incoming.path)
        if incoming.method == "OPTIONS" and "access-control-request-method" in incoming.headers:
            return None, {}
        if methods is not None and incoming.method in methods:
            return methods[incoming.method], path
        allowed = {*(methods or ()), *self._methods_elsewhere(incoming.path)}
        if not allowed:
            raise NotFound(f"there is no {incoming.path}")
        raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(allowed))})

    def _match_pattern(self, path: str) -> tuple[dict[str, Route] | None, dict[str, str]]:
        for pattern, methods in self._dynamic:
            match = pattern.fullmatch(path)
            if match:
                return methods, match.groupdict()
        return None, {}

    def _preflight(self, headers: dict[str, str]) -> dict[str, Any]:
        return render(Response(), 204, headers)

    def _serve(
        self, route: Route, path: dict[str, str], incoming: IncomingRequest, headers: dict[str, str]
    ) -> dict[str, Any]:
        caller = auth.authorize(incoming, route.access)
        request: Request[Any, Any] = Request(
            incoming=incoming,
            path=path,
            optional_caller=caller,
            read_body=lambda: _parse_body(route, incoming),
            read_query=lambda: _parse_query(route, incoming),
        )

        def run() -> dict[str, Any]:
            if route.guard:
                request.guard_result = route.guard(request)
            if len(incoming.body) > route.body_limit:
                raise BodyTooLarge(f"at most {route.body_limit} bytes")
            if route.body or route.media_type != "application/json":
                _ = request.body
            if route.query:
                _ = request.query
            result = route.endpoint(request)
            return render(result if isinstance(result, Response) else Response(result), route.status, headers)

        if route.creates and caller:
            return idempotency.run_once(incoming, caller.user_id, run)
        return run()

    def _log(self, incoming: IncomingRequest, route: Route | None, response: dict[str, Any], started: float) -> None:
        logger().info(
            "request",
            extra={
                "request_id": incoming.request_id,
                "function": self.name,
                "route": route.key if route else f"{incoming.method} $default",
                "status": response["statusCode"],
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )


def _parse_body(route: Route, incoming: IncomingRequest) -> Any:
    if route.body_optional and not incoming.body:
        return None
    if incoming.media_type != route.media_type:
        raise UnsupportedMediaType(f"send {route.media_type}")
    if route.body is None:
        return incoming.body
    return _validate_body(route.body, incoming.body)


def _validate_body(model: type[BaseModel], body: bytes) -> BaseModel:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        if error.errors(include_input=False)[0]["type"] == "json_invalid":
            raise JsonInvalid from error
        raise validation_error(error, "body") from error


def _parse_query(route: Route, incoming: IncomingRequest) -> Any:
    if route.query is None:
        return None
    try:
        return route.query.model_validate(incoming.query)
    except ValidationError as error:
        raise validation_error(error, "query") from error
