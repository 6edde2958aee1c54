"""A request, parsed from an API Gateway HTTP API event (payload format 2.0)."""

import base64
import binascii
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar, cast
from urllib.parse import parse_qsl

from shared.errors import BadRequest, Unauthenticated
from shared.tokens import Caller

B = TypeVar("B")
Q = TypeVar("Q")


@dataclass(frozen=True)
class IncomingRequest:
    """The parts of the event. Header names are in lower case; the body consists of the bytes that the client sent."""

    method: str
    path: str
    headers: dict[str, str]
    cookies: dict[str, str]
    query: dict[str, str]
    request_id: str
    source_ip: str
    event: dict[str, Any] = field(repr=False)

    @cached_property
    def body(self) -> bytes:
        """The body in bytes. Raises BadRequest if the event declares base64 and the body is not valid base64."""
        text = self.event.get("body") or ""
        if not self.event.get("isBase64Encoded"):
            return str(text).encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadRequest("the body is not valid base64") from error

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_event(event: dict[str, Any]) -> IncomingRequest:
    """The request in the event, with empty defaults for missing parts. The last value of a repeated query parameter
    counts."""
    context = event.get("requestContext") or {}
    http = context.get("http") or {}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return IncomingRequest(
        method=http.get("method", "GET"),
        path=event.get("rawPath") or "/",
        headers=headers,
        cookies=_parse_cookies(event.get("cookies") or headers.get("cookie", "").split(";")),
        query=dict(parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True)),
        request_id=context.get("requestId") or "-",
        source_ip=http.get("sourceIp") or "",
        event=event,
    )


def _parse_cookies(pairs: list[str]) -> dict[str, str]:
    split = (pair.strip().partition("=") for pair in pairs)
    return {name: value for name, _, value in split if name}


@dataclass
class Request(Generic[B, Q]):
    """The argument of an endpoint: validated body and query, path parameters, caller, and the result of the guard."""

    incoming: IncomingRequest
    path: dict[str, str]
    optional_caller: Caller | None
    read_body: Any
    read_query: Any
    guard_result: Any = None

    @property
    def caller(self) -> Caller:
        """The authenticated caller. Raises Unauthenticated if there is none, as on a public route."""
        if self.optional_caller is None:
            raise Unauthenticated
        return self.optional_caller

    @cached_property
    def body(self) -> B:
        """Validated on first use, so that a guard can reject the request (403, 404) before the body (415, 422)."""
        return cast(B, self.read_body())

    @cached_property
    def query(self) -> Q:
        return cast(Q, self.read_query())

    def header(self, name: str) -> str | None:
        return self.incoming.headers.get(name)
