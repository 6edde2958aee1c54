"""The local API Gateway as an ASGI application: size limits, routing, and handlers called in threads."""

import asyncio
import json
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.api_gateway.events import make_event
from local.api_gateway.request import Request
from local.api_gateway.responses import PAYLOAD_LIMIT, InvalidHandlerResponse, Response, error_response, make_response
from local.api_gateway.static_files import StaticFiles
from local.handler_loader import HandlerLoader, LambdaFunction
from local.lambda_context import LambdaContext

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_LIMIT = 10 * 1024 * 1024  # bytes
TIMEOUT_SECONDS = 30.0
_API_PREFIXES = ("/api", "/docs/errors", "/.well-known")


class ClientDisconnected(Exception):
    """The client disconnected before its request was complete: no handler is called."""


class ApiGateway:
    """Serves the API routes of `loader` and, at every other path, `static_files`."""

    def __init__(
        self,
        loader: HandlerLoader,
        static_files: StaticFiles,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        log: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._loader = loader
        self._static_files = static_files
        self._timeout_seconds = timeout_seconds
        self._log = log
        self._threads = ThreadPoolExecutor(32, thread_name_prefix="handler")

    def close(self) -> None:
        """Accept no more calls. Does not wait for a handler that is still running."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        try:
            request = await _read_request(scope, receive)
        except ClientDisconnected:
            return
        response = error_response(413, "Request Entity Too Large") if request is None else await self._handle(request)
        if request is not None and _is_api(request.decoded_path):
            milliseconds = (time.perf_counter() - started) * 1000
            self._log(f"{request.method} {request.path} {response.status} {milliseconds:.0f} ms")
        await _send_response(response, send, head=scope["method"] == "HEAD")

    async def _handle(self, request: Request) -> Response:
        path = request.decoded_path
        if not _is_api(path):
            return self._static_files.serve(request.method, path)
        loaded = self._loader.current
        found = loaded.routes.find(request.method, path)
        target, key, parameters = (
            (found[0].target, found[0].key, found[1]) if found else (loaded.default, "$default", {})
        )
        event = make_event(request, key, parameters)
        if len(json.dumps(event, ensure_ascii=False).encode()) > PAYLOAD_LIMIT:
            print(f"{key}: the event is larger than the {PAYLOAD_LIMIT} bytes Lambda accepts", file=sys.stderr)
            return error_response(413, "Request Entity Too Large")
        call = asyncio.get_running_loop().run_in_executor(self._threads, self._invoke, target, event)
        try:
            return await asyncio.wait_for(call, self._timeout_seconds)
        except TimeoutError:
            print(f"{key}: no response within {self._timeout_seconds:g} s", file=sys.stderr)
            return error_response(503, "Service Unavailable")

    def _invoke(self, target: LambdaFunction, event: dict[str, Any]) -> Response:
        context = LambdaContext(target.name, timeout_seconds=self._timeout_seconds)
        try:
            return make_response(target.handler(event, context))
        except InvalidHandlerResponse as error:
            print(f"{event['routeKey']}: {error}", file=sys.stderr)
        except Exception:  # noqa: BLE001 - the client gets a 500, the developer the traceback
            traceback.print_exc()
        return error_response(500, "Internal Server Error")


def _is_api(path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in _API_PREFIXES)


async def _read_request(scope: Scope, receive: Receive) -> Request | None:
    """The complete request, or None when its body exceeds BODY_LIMIT. Raises ClientDisconnected."""
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
    declared = dict(headers).get("content-length", "0")
    if declared.isdecimal() and int(declared) > BODY_LIMIT:
        return None
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_LIMIT:
            return None
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=bytes(body),
        client=(scope.get("client") or ("127.0.0.1", 0))[0],
        port=scope["server"][1],
    )


async def _send_response(response: Response, send: Send, *, head: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if response.status not in (204, 304) and response.status >= 200:
        headers = [(name, value) for name, value in headers if name != b"content-length"]
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else response.body})
