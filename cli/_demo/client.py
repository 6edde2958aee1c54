"""Calls to the running product, each told with what it answered."""

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
    """`body` is the JSON document, None when there is none."""

    status: int
    body: Any
    headers: httpx.Headers
    content: bytes
    _output: StepOutput
    _line: int

    def expect(self, status: int, wanted: Mapping[str, object] | None = None) -> Self:
        """Holds the answer to its status and to exact values by path ("user.role", "items.0.id"), and tells both.

        Raises Broken.
        """
        wanted = wanted or {}
        found = {path: self.value_at(path) for path in wanted}
        self._output.extend_line(self._line, "".join(f"  {path}={shorten(value)}" for path, value in found.items()))
        if self.status != status:
            raise StepFailed(f"expected {status}, got {self.status}: {shorten(self.body, 400)}")
        wrong = {path for path in wanted if found[path] != wanted[path]}
        if wrong:
            raise StepFailed(
                "; ".join(f"expected {path}={wanted[path]!r}, got {found[path]!r}" for path in sorted(wrong))
            )
        return self

    def value_at(self, path: str) -> Any:
        """The value at a path; None where it does not lead."""
        value = self.body
        for part in path.split("."):
            if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            else:
                value = value.get(part) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True)
class ApiUser:
    """Someone who calls the API: signed in with `token`, or anyone without."""

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

    def call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **sent: Any) -> Response:
        """Tells the request and the status. Raises httpx.HTTPError when nothing answers."""
        answer = self._send(method, path, headers, sent)
        return self._report(answer, method, path)

    def eventually(self, path: str, condition: Callable[[Response], bool]) -> Response:
        """GET until the answer is as it should be; the last one when patience ends. Told once."""
        until = time.monotonic() + TIMEOUT_SECONDS
        quiet = StepOutput(lambda _line: None)
        while True:
            got = self._send("GET", path, None, {})
            seen = Response(got.status_code, _json_or_none(got), got.headers, got.content, quiet, quiet.add_line(""))
            if condition(seen) or time.monotonic() > until:
                return self._report(got, "GET", path)
            time.sleep(_POLL_SECONDS)

    def _send(self, method: str, path: str, headers: Mapping[str, str] | None, sent: Mapping[str, Any]) -> Any:
        signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.request(method, path, headers={**signed, **(headers or {})}, **sent)

    def _report(self, got: httpx.Response, method: str, path: str) -> Response:
        address = path.partition("?")[0] if "signature=" in path else path
        line = self.output.add_line(f"{self.name}: {method} {address} > {got.status_code}")
        return Response(got.status_code, _json_or_none(got), got.headers, got.content, self.output, line)


def shorten(value: object, longest: int = 60) -> str:
    """A value short enough for a line."""
    text = " ".join(str(value).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _json_or_none(answer: httpx.Response) -> Any:
    kind = answer.headers.get("content-type", "")
    return answer.json() if "json" in kind and answer.content else None
