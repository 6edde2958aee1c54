"""Conversion of HTTP requests to payload v2 events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from local.api_gateway.events import make_event
from local.api_gateway.request import Request

NOW = datetime(2026, 3, 4, 5, 6, 7, 891_000, tzinfo=UTC)


def request(**changes: Any) -> Request:
    defaults: dict[str, Any] = {
        "method": "GET",
        "path": "/api/courses",
        "query": "",
        "headers": (("host", "127.0.0.1:8000"),),
        "body": b"",
        "client": "127.0.0.1",
        "port": 8000,
    }
    return Request(**{**defaults, **changes})


def event_of(**changes: Any) -> dict[str, Any]:
    return make_event(request(**changes), "GET /api/courses", {}, NOW)


def test_make_event_builds_a_complete_payload_v2_event() -> None:
    event = make_event(
        request(
            method="POST",
            path="/api/courses/c%C3%A9%20d/lessons",
            query="tag=a&tag=b%2Cc&empty=&plus=1+1",
            headers=(
                ("host", "127.0.0.1:8000"),
                ("user-agent", "curl/8"),
                ("cookie", "refresh=abc; theme=dark"),
                ("x-many", "1"),
                ("content-type", "application/json"),
                ("cookie", "third=3"),
                ("x-many", "2"),
            ),
            body='{"title": "é"}'.encode(),
        ),
        "POST /api/courses/{course_id}/lessons",
        {"course_id": "cé d"},
        NOW,
    )
    assert event == {
        "version": "2.0",
        "routeKey": "POST /api/courses/{course_id}/lessons",
        "rawPath": "/api/courses/cé d/lessons",
        "rawQueryString": "tag=a&tag=b%2Cc&empty=&plus=1+1",
        "cookies": ["refresh=abc", "theme=dark", "third=3"],
        "headers": {
            "host": "127.0.0.1:8000",
            "user-agent": "curl/8",
            "x-many": "1,2",
            "content-type": "application/json",
            "content-length": "15",
            "x-amzn-trace-id": event["headers"]["x-amzn-trace-id"],
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "8000",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"tag": "a,b,c", "empty": "", "plus": "1 1"},
        "pathParameters": {"course_id": "cé d"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": "POST",
                "path": "/api/courses/cé d/lessons",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8",
            },
            "requestId": event["requestContext"]["requestId"],
            "routeKey": "POST /api/courses/{course_id}/lessons",
            "stage": "$default",
            "time": "04/Mar/2026:05:06:07 +0000",
            "timeEpoch": 1772600767891,
        },
        "body": '{"title": "é"}',
        "isBase64Encoded": False,
    }


def test_make_event_omits_absent_fields() -> None:
    assert sorted(event_of()) == [
        "headers",
        "isBase64Encoded",
        "rawPath",
        "rawQueryString",
        "requestContext",
        "routeKey",
        "version",
    ]


def test_make_event_assigns_unique_request_and_trace_ids() -> None:
    first, second = event_of(), event_of()
    assert first["requestContext"]["requestId"] != second["requestContext"]["requestId"]
    assert first["headers"]["x-amzn-trace-id"] != second["headers"]["x-amzn-trace-id"]


@pytest.mark.parametrize(
    ("content_type", "encoded"),
    [
        ("application/json", False),
        ("Application/JSON; charset=utf-8", False),
        ("text/plain", False),
        ("application/xml", False),
        ("application/javascript", False),
        ("application/problem+json", True),
        ("application/x-www-form-urlencoded", True),
        ("multipart/form-data; boundary=x", True),
        ("image/png", True),
        (None, True),
    ],
)
def test_make_event_base64_encodes_non_text_bodies(content_type: str | None, encoded: bool) -> None:
    headers = () if content_type is None else (("content-type", content_type),)
    event = event_of(headers=headers, body=b"a=b")
    assert (event["isBase64Encoded"], event["body"]) == ((True, "YT1i") if encoded else (False, "a=b"))


def test_make_event_appends_client_to_forwarded_for() -> None:
    event = event_of(headers=(("x-forwarded-for", "203.0.113.7"),))
    assert event["headers"]["x-forwarded-for"] == "203.0.113.7, 127.0.0.1"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("sent", "decoded"),
    [
        ("/api/a%20b", "/api/a b"),
        ("/api/a+b", "/api/a+b"),
        ("/api/a%2Fb", "/api/a/b"),
        ("/api/100%25", "/api/100%25"),
        ("/api/a%252Fb", "/api/a%252Fb"),
        ("/api/a%3Fb=c", "/api/a"),
        ("/api/%F0%9F%8E%93", "/api/🎓"),
        ("/api/%FF", "/api/\ufffd"),
        ("/api/50%", "/api/50%"),
        ("/api/courses/", "/api/courses/"),
    ],
)
def test_make_event_decodes_path_like_an_http_api(sent: str, decoded: str) -> None:
    event = event_of(path=sent)
    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == (decoded, decoded)
