"""The HTTP side of one Lambda function: routes are registered with a decorator, `app(event, context)` is the handler.

The order of refusals: 404 or 405 for the route, 401, 403 or 404, 413, 415, 400, 422, then what the service says.
Nothing of a request is kept between or shared among requests: one process may serve several at once.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

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
from shared.http.route import Access, Endpoint, Route, path_pattern
from shared.observability import logger

F = TypeVar("F", bound=Endpoint)

NO_STORE: Final = {"Cache-Control": "no-store"}


class App:
    """The routes of one function. `headers` are put on every answer, refusals included.

    `methods_elsewhere` is for the function that answers what no route matches: the methods others serve at a path."""

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

    def route(self, method: str, path: str, access: Access, **facts: Any) -> Callable[[F], F]:
        """Registers an endpoint; `facts` are the other fields of Route."""

        def register(endpoint: F) -> F:
            self.include(Route(method, path, access, endpoint, **facts))
            return endpoint

        return register

    def include(self, route: Route) -> None:
        self.routes.append(route)
        if "{" not in route.path:
            self._static.setdefault(route.path, {})[route.method] = route
            return
        for known, methods in self._dynamic:
            if known == path_pattern(route.path):
                methods[route.method] = route
                return
        self._dynamic.append((path_pattern(route.path), {route.method: route}))

    def __call__(self, event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG002 (Lambda's)
        started = time.perf_counter()
        incoming = parse_event(event)
        route: Route | None = None
        headers = {"X-Request-Id": incoming.request_id, "X-Content-Type-Options": "nosniff", **self._headers}
        try:
            headers |= cors.headers(incoming)
            route, path = self._find_route(incoming)
            answer = self._serve(route, path, incoming, headers) if route else self._preflight(headers)
        except DomainError as refusal:
            answer = render(problem_response(refusal, incoming.request_id), refusal.status, headers)
        except Exception:  # noqa: BLE001 (the last line of defence: logged whole, told to nobody)
            logger().exception("unhandled", extra={"request_id": incoming.request_id})
            answer = render(problem_response(InternalError(), incoming.request_id), 500, headers)
        self._log(incoming, route, answer, started)
        return answer

    def _find_route(self, incoming: IncomingRequest) -> tuple[Route | None, dict[str, str]]:
        """The route and its path parameters. None for an OPTIONS request to a known path."""
        methods, path = self._static.get(incoming.path), {}
        if methods is None:
            for known, candidates in self._dynamic:
                match = known.fullmatch(incoming.path)
                if match:
                    methods, path = candidates, match.groupdict()
                    break
        if incoming.method == "OPTIONS" and "access-control-request-method" in incoming.headers:
            return None, {}
        if methods is not None and incoming.method in methods:
            return methods[incoming.method], path
        allowed = {*(methods or ()), *self._methods_elsewhere(incoming.path)}
        if not allowed:
            raise NotFound(f"there is no {incoming.path}")
        raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(allowed))})

    def _preflight(self, headers: dict[str, str]) -> dict[str, Any]:
        return render(Response(), 204, headers)

    def _serve(
        self, route: Route, path: dict[str, str], incoming: IncomingRequest, headers: dict[str, str]
    ) -> dict[str, Any]:
        caller = auth.authorise(incoming, route.access)
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
            given = route.endpoint(request)
            return render(given if isinstance(given, Response) else Response(given), route.status, headers)

        if route.creates and caller:
            return idempotency.run_once(incoming, caller.user_id, run)
        return run()

    def _log(self, incoming: IncomingRequest, route: Route | None, answer: dict[str, Any], started: float) -> None:
        logger().info(
            "request",
            extra={
                "request_id": incoming.request_id,
                "function": self.name,
                "route": route.key if route else f"{incoming.method} $default",
                "status": answer["statusCode"],
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
    except ValidationError as refused:
        if refused.errors(include_input=False)[0]["type"] == "json_invalid":
            raise JsonInvalid from refused
        raise validation_error(refused, "body") from refused


def _parse_query(route: Route, incoming: IncomingRequest) -> Any:
    if route.query is None:
        return None
    try:
        return route.query.model_validate(incoming.query)
    except ValidationError as refused:
        raise validation_error(refused, "query") from refused
