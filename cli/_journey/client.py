"""Calls to the running product, each told with what it answered."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from cli._journey.telling import Broken, Teller

PATIENCE_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Answer:
    """`body` is the JSON document, None when there is none."""

    status: int
    body: Any
    headers: httpx.Headers
    content: bytes
    _teller: Teller
    _line: int

    def gives(self, status: int, wanted: Mapping[str, object] | None = None) -> Self:
        """Holds the answer to its status and to exact values by path ("user.role", "items.0.id"), and tells both.

        Raises Broken.
        """
        wanted = wanted or {}
        found = {path: self.at(path) for path in wanted}
        self._teller.amend(self._line, "".join(f"  {path}={shown(value)}" for path, value in found.items()))
        if self.status != status:
            raise Broken(f"expected {status}, got {self.status}: {shown(self.body, 400)}")
        wrong = {path for path in wanted if found[path] != wanted[path]}
        if wrong:
            raise Broken("; ".join(f"expected {path}={wanted[path]!r}, got {found[path]!r}" for path in sorted(wrong)))
        return self

    def at(self, path: str) -> Any:
        """The value at a path; None where it does not lead."""
        value = self.body
        for part in path.split("."):
            if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            else:
                value = value.get(part) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True)
class Person:
    """Someone who calls the API: signed in with `token`, or anyone without."""

    http: httpx.Client
    teller: Teller
    name: str
    token: str = ""
    id: str = ""

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, body: object = None) -> Answer:
        return self.call("POST", path, json=body)

    def put(self, path: str, body: object) -> Answer:
        return self.call("PUT", path, json=body)

    def call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **sent: Any) -> Answer:
        """Tells the request and the status. Raises httpx.HTTPError when nothing answers."""
        answer = self._send(method, path, headers, sent)
        return self._told(answer, method, path)

    def eventually(self, path: str, is_there: Callable[[Answer], bool]) -> Answer:
        """GET until the answer is as it should be; the last one when patience ends. Told once."""
        until = time.monotonic() + PATIENCE_SECONDS
        quiet = Teller(lambda _line: None)
        while True:
            got = self._send("GET", path, None, {})
            seen = Answer(got.status_code, _document(got), got.headers, got.content, quiet, quiet.note(""))
            if is_there(seen) or time.monotonic() > until:
                return self._told(got, "GET", path)
            time.sleep(_PAUSE_SECONDS)

    def _send(self, method: str, path: str, headers: Mapping[str, str] | None, sent: Mapping[str, Any]) -> Any:
        signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.request(method, path, headers={**signed, **(headers or {})}, **sent)

    def _told(self, got: httpx.Response, method: str, path: str) -> Answer:
        address = path.partition("?")[0] if "signature=" in path else path
        line = self.teller.note(f"{self.name}: {method} {address} > {got.status_code}")
        return Answer(got.status_code, _document(got), got.headers, got.content, self.teller, line)


def shown(value: object, longest: int = 60) -> str:
    """A value short enough for a line."""
    text = " ".join(str(value).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _document(answer: httpx.Response) -> Any:
    kind = answer.headers.get("content-type", "")
    return answer.json() if "json" in kind and answer.content else None
