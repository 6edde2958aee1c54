"""API calls to the running product; each call and its response are printed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from cli._demo.output import StepFailed, StepOutput

TIMEOUT_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Response:
    """`body` is the JSON document, None for any other content."""

    status: int
    body: Any
    headers: httpx.Headers
    content: bytes
    _output: StepOutput
    _line: int

    def expect(self, status: int, expected: Mapping[str, object] | None = None) -> Self:
        """Check the status and exact values by path ("user.role", "items.0.id"), and print the values.

        Raises StepFailed.
        """
        expected = expected or {}
        found = {path: self.value_at(path) for path in expected}
        self._output.extend_line(self._line, "".join(f"  {path}={shorten(value)}" for path, value in found.items()))
        if self.status != status:
            raise StepFailed(f"expected {status}, got {self.status}: {shorten(self.body, 400)}")
        wrong = {path for path in expected if found[path] != expected[path]}
        if wrong:
            raise StepFailed(
                "; ".join(f"expected {path}={expected[path]!r}, got {found[path]!r}" for path in sorted(wrong))
            )
        return self

    def value_at(self, path: str) -> Any:
        """The value at a path; None when the path does not exist."""
        value = self.body
        for part in path.split("."):
            if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            else:
                value = value.get(part) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True)
class ApiUser:
    """A caller of the API: signed in with `token`, anonymous without one."""

    http: httpx.Client
    output: StepOutput
    name: str
    token: str = ""
    id: str = ""

    def get(self, path: str) -> Response:
        return self.call("GET", path)

    def post(self, path: str, body: object = None) -> Response:
        return self.call("POST", path, json=body)

    def put(self, path: str, body: object) -> Response:
        return self.call("PUT", path, json=body)

    def call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Response:
        """Send a request and print it with its status; `options` as of httpx.Client.request. Raises httpx.HTTPError
        when the server does not answer."""
        response = self._send(method, path, headers, options)
        return self._report(response, method, path)

    def eventually(self, path: str, condition: Callable[[Response], bool]) -> Response:
        """GET until `condition` is true or TIMEOUT_SECONDS have passed; prints and returns the last response."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        silent = StepOutput(lambda _line: None)
        while True:
            received = self._send("GET", path, None, {})
            if condition(_to_response(received, silent, silent.add_line(""))) or time.monotonic() > deadline:
                return self._report(received, "GET", path)
            time.sleep(_POLL_SECONDS)

    def _send(
        self, method: str, path: str, headers: Mapping[str, str] | None, options: Mapping[str, Any]
    ) -> httpx.Response:
        authorization = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.request(method, path, headers={**authorization, **(headers or {})}, **options)

    def _report(self, received: httpx.Response, method: str, path: str) -> Response:
        printed_path = path.partition("?")[0] if "signature=" in path else path
        line = self.output.add_line(f"{self.name}: {method} {printed_path} > {received.status_code}")
        return _to_response(received, self.output, line)


def shorten(value: object, max_length: int = 60) -> str:
    """The text of a value in one line, cut to `max_length` characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"


def _to_response(received: httpx.Response, output: StepOutput, line: int) -> Response:
    return Response(received.status_code, _json_or_none(received), received.headers, received.content, output, line)


def _json_or_none(response: httpx.Response) -> Any:
    content_type = response.headers.get("content-type", "")
    return response.json() if "json" in content_type and response.content else None
