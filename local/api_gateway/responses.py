"""Convert a handler's result to an HTTP response by the rules of payload v2."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

PAYLOAD_LIMIT = 6_291_556  # bytes: what Lambda accepts and returns in one synchronous call


@dataclass(frozen=True)
class Response:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class InvalidHandlerResponse(Exception):
    """The handler's result is not a valid response. The message gives the reason; the client only gets a 500."""


def error_response(status: int, message: str) -> Response:
    """A response of API Gateway itself: `{"message": message}`."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return Response(status, (("content-type", "application/json"),), body)


def make_response(returned: Any) -> Response:
    """The HTTP response for a handler's result; a result without `statusCode` is the body of a 200.

    `multiValueHeaders` is not part of payload v2 and is ignored, as AWS ignores it. Raises InvalidHandlerResponse.
    """
    try:
        size = len(json.dumps(returned, ensure_ascii=False).encode())
    except (TypeError, ValueError) as cause:
        raise InvalidHandlerResponse(f"the handler's response is not JSON: {cause}") from cause
    if size > PAYLOAD_LIMIT:
        raise InvalidHandlerResponse(f"the handler's response is {size} bytes, Lambda returns at most {PAYLOAD_LIMIT}")
    if not isinstance(returned, dict) or "statusCode" not in returned:
        text = returned if isinstance(returned, str) else json.dumps(returned)
        return Response(200, (("content-type", "application/json"),), text.encode())
    status = _parse_status(returned["statusCode"])
    headers = [(str(name).lower(), _header_value(value)) for name, value in (returned.get("headers") or {}).items()]
    body = _decode_body(returned)
    if body and not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    headers += [("set-cookie", str(cookie)) for cookie in returned.get("cookies") or ()]
    return Response(status, tuple(headers), body)


def _parse_status(status_code: Any) -> int:
    try:
        status = int(status_code)
    except (TypeError, ValueError):
        status = 0
    if not 100 <= status <= 599:
        raise InvalidHandlerResponse(f"the handler's statusCode is {status_code!r}")
    return status


def _header_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _decode_body(returned: dict[str, Any]) -> bytes:
    body = returned.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise InvalidHandlerResponse(f"the handler's body is {type(body).__name__}, not a string")
    if not returned.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as cause:
        raise InvalidHandlerResponse("the handler's body is not base64, but isBase64Encoded is set") from cause
