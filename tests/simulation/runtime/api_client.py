"""A client of the product's API: a call returns a response, or none when the function was killed or it was lost."""

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from functions import manifest
from shared.http.route import path_pattern
from tests.simulation.faults.injection import RESPONSE_FAULTS
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.scheduler import Crash


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retryable(self) -> bool:
        return self.status >= 500 or self.body.get("code") in ("idempotency_in_progress", "order_busy")


def call_api(
    environment: Environment,
    method: str,
    path: str,
    body: Any = None,
    *,
    token: str | None = None,
    raw: str | None = None,
    headers: dict[str, str] | None = None,
) -> Reply | None:
    """Run the route's Lambda handler; None when it was killed, its response was lost, or its function is stopped."""
    if path.startswith(environment.stopped_paths):
        environment.trace.add("stopped", f"{method} {path}")
        return None
    all_headers = {name.lower(): value for name, value in (headers or {}).items()}
    if token:
        all_headers["authorization"] = f"Bearer {token}"
    if body is not None:
        all_headers["content-type"] = "application/json"
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "cookies": [],
        "headers": all_headers,
        "requestContext": {
            "requestId": "simulation",
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
        },
        "isBase64Encoded": False,
        "body": raw if body is None else json.dumps(body),
    }
    response = run_function(environment, f"{method} {path}", lambda: _handler(method, path)(event, None))
    if response is None:
        return None
    reply = Reply(response["statusCode"], json.loads(response["body"]) if response.get("body") else {})
    lost = environment.faults.draw(RESPONSE_FAULTS)
    code = reply.body.get("code", "") or reply.body.get("outcome", "") if isinstance(reply.body, dict) else ""
    environment.trace.add("response", f"{method} {path}", f"{reply.status} {code} {lost or ''}".rstrip())
    if reply.status == 500:
        environment.errors.append(f"{method} {path} answered 500")
    return None if lost else reply


def run_function(environment: Environment, what: str, handler: Any) -> Any:
    """The result of the function; None when it was killed."""
    task = environment.scheduler.current
    environment.trace.add("call", what)
    if task:
        task.process.running = True
    try:
        return handler()
    except Crash:
        environment.trace.add("killed", what)
        return None
    finally:
        if task:
            task.process.killed = task.process.running = False


@cache
def _routes() -> list[tuple[Any, str, Any]]:
    found = []
    for name in manifest.HTTP:
        if name.split(".")[1] in ("payments", "enrollments", "courses"):
            module = import_module(name)
            found += [(path_pattern(route.path), route.method, module.lambda_handler) for route in module.app.routes]
    return sorted(found, key=lambda entry: entry[0].pattern.count("(?P"))


@lru_cache(10_000)
def _handler(method: str, path: str) -> Any:
    return next(handler for known, verb, handler in _routes() if verb == method and known.fullmatch(path))
