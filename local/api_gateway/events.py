"""Convert an HTTP request to a payload v2 event, with the fields that an HTTP API sends.

As on AWS, the fields `cookies`, `queryStringParameters`, `pathParameters` and `body` are absent when they are empty.
"""

import base64
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from local.api_gateway.request import Request

Event = dict[str, Any]

API_ID = "local"
ACCOUNT_ID = "000000000000"
STAGE = "$default"
# Observed on AWS: API Gateway passes these types and text/* as text. All others are base64, including forms and
# bodies without a content type.
_TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}


def make_event(request: Request, route_key: str, parameters: dict[str, str], now: datetime | None = None) -> Event:
    """The event for `request` on the route `route_key` ("GET /api/courses/{course_id}" or "$default").

    Bytes of a text body that are not UTF-8 are replaced by U+FFFD.
    """
    now = now or datetime.now(UTC)
    host = (request.header("host") or "127.0.0.1").partition(":")[0]
    path = request.decoded_path
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": _headers(request),
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.client,
                "userAgent": request.header("user-agent") or "",
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": route_key,
            "stage": STAGE,
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies := _cookies(request):
        event["cookies"] = cookies
    if query := _query(request.query):
        event["queryStringParameters"] = query
    if parameters:
        event["pathParameters"] = parameters
    if request.body:
        text = _is_text(request.header("content-type"))
        event["isBase64Encoded"] = not text
        event["body"] = request.body.decode(errors="replace") if text else base64.b64encode(request.body).decode()
    return event


def _headers(request: Request) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in request.headers:
        if name != "cookie":
            joined[name] = f"{joined[name]},{value}" if name in joined else value
    forwarded = joined.get("x-forwarded-for")
    return {
        **joined,
        "content-length": str(len(request.body)),
        "x-amzn-trace-id": f"Root=1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}",
        "x-forwarded-for": f"{forwarded}, {request.client}" if forwarded else request.client,
        "x-forwarded-port": str(request.port),
        "x-forwarded-proto": "http",
    }


def _cookies(request: Request) -> list[str]:
    lines = (value for name, value in request.headers if name == "cookie")
    return [cookie.strip() for line in lines for cookie in line.split(";") if cookie.strip()]


def _query(raw: str) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _is_text(content_type: str | None) -> bool:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return media_type.startswith("text/") or media_type in _TEXT_TYPES
